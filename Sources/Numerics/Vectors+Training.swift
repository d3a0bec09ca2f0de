import CKernels

extension Vectors {
  /// Replaces `x` by softmax(x) and returns ln(sum of exp(x)). Relative error of each value below 1e-6.
  /// - Precondition: `count` > 0; no NaN.
  @discardableResult
  public static func softmax(_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
    precondition(count > 0, "softmax of nothing")
    return ck_softmax(x, count)
  }

  /// One step of AdamW (betas 0.9 and 0.999) on `count` numbers; their gradients are 0 afterwards. The rows must not
  /// overlap.
  /// - Parameters:
  ///   - rate: the learning rate with both bias corrections in it.
  ///   - decay: share of each number that is taken away (learning rate * weight decay).
  /// - Note: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
  public static func adam(
    _ x: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>,
    square: UnsafeMutablePointer<Float>, _ count: Int, rate: Float, decay: Float
  ) {
    ck_adam(x, gradient, mean, square, count, rate, decay)
  }
}
