#include "csimdjson_oracle.h"

#include <simdjson.h>

#include <new>
#include <vector>

struct coracle {
  simdjson::dom::parser parser;
  std::vector<coracle_step> steps;

  void add(coracle_kind kind) { steps.push_back(coracle_step{kind, 0, 0, 0, nullptr, 0}); }

  void addText(coracle_kind kind, std::string_view text) {
    steps.push_back(coracle_step{kind, 0, 0, 0, text.data(), text.size()});
  }

  void walk(const simdjson::dom::element &value) {
    using simdjson::dom::element_type;
    switch (value.type()) {
      case element_type::ARRAY:
        add(CORACLE_ARRAY);
        for (simdjson::dom::element child : simdjson::dom::array(value)) walk(child);
        add(CORACLE_END);
        break;
      case element_type::OBJECT:
        add(CORACLE_OBJECT);
        for (simdjson::dom::key_value_pair member : simdjson::dom::object(value)) {
          addText(CORACLE_KEY, member.key);
          walk(member.value);
        }
        add(CORACLE_END);
        break;
      case element_type::INT64:
        steps.push_back(coracle_step{CORACLE_INT64, int64_t(value), 0, 0, nullptr, 0});
        break;
      case element_type::UINT64:
        steps.push_back(coracle_step{CORACLE_UINT64, 0, uint64_t(value), 0, nullptr, 0});
        break;
      case element_type::DOUBLE:
        steps.push_back(coracle_step{CORACLE_DOUBLE, 0, 0, double(value), nullptr, 0});
        break;
      case element_type::STRING: addText(CORACLE_STRING, std::string_view(value)); break;
      case element_type::BOOL: add(bool(value) ? CORACLE_TRUE : CORACLE_FALSE); break;
      case element_type::NULL_VALUE: add(CORACLE_NULL); break;
    }
  }
};

extern "C" coracle *coracle_new(void) { return new (std::nothrow) coracle(); }

extern "C" void coracle_free(coracle *oracle) { delete oracle; }

extern "C" int coracle_parse(
    coracle *oracle, const void *bytes, size_t length, const coracle_step **steps, size_t *count) {
  *steps = nullptr;
  *count = 0;
  try {
    oracle->steps.clear();
    simdjson::dom::element root;
    // The parser copies the bytes into a padded buffer of its own.
    auto error = oracle->parser.parse(static_cast<const uint8_t *>(bytes), length, true).get(root);
    if (error) return static_cast<int>(error);
    oracle->walk(root);
    *steps = oracle->steps.data();
    *count = oracle->steps.size();
    return 0;
  } catch (...) {
    return -1;
  }
}

extern "C" int coracle_number_error(void) { return static_cast<int>(simdjson::NUMBER_ERROR); }
