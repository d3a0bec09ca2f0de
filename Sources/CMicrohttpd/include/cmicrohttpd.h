#pragma once
#include <stddef.h>
#include <stdint.h>

// A thin, total boundary over libmicrohttpd 0.9.75 and GnuTLS: several servers in one process, no globals. Every function
// that can fail returns a status and, where there is something to say, a message. What the server decides is decided in
// Swift; here are only the calls that Swift cannot make (variadic options, va_list, gnutls callbacks).

#ifdef __cplusplus
extern "C" {
#endif

enum { CMHD_MESSAGE_SIZE = 256 };

typedef struct cmhd_server cmhd_server;
// A client's connection. Valid from `opened` to `closed`; a suspended one stays valid until it is resumed, also when
// its client has gone.
typedef struct MHD_Connection cmhd_connection;

// Called on the I/O threads. Must not block, and must not throw. `context` is the one given to `cmhd_create`.
typedef struct {
  // A connection was accepted. Returns the caller's own object for it.
  void *(*opened)(void *context, int descriptor);
  // The descriptor is still open while this runs.
  void (*closed)(void *context, void *peer);
  // A request line has come; `target` as the client sent it (not decoded, with its query), NULL if there is none.
  // Returns the caller's own object for the request; not NULL.
  void *(*started)(void *context, void *peer, cmhd_connection *connection, const char *target);
  // First when the header is complete (count 0), then for each piece of the body (sets *count to what it did not take),
  // last when the request is complete (count 0), and again after each resume. Returns 0 to cut the connection.
  int (*received)(void *context, void *request, cmhd_connection *connection, const char *method, const char *version,
                  const char *bytes, size_t *count);
  // Follows every `started`. complete: the answer was sent whole.
  void (*completed)(void *context, void *request, int complete);
  // A line that the library would have written to its log; may contain what a client sent.
  void (*logged)(void *context, const char *message);
} cmhd_callbacks;

typedef struct {
  int listen_descriptor;         // bound and listening, not blocking; stays the caller's when start fails
  unsigned threads;              // I/O threads, at least 1
  unsigned connection_limit;     // over all threads; the library deals it out evenly
  unsigned per_address_limit;    // connections from one IP address; 0: no limit
  size_t connection_memory;      // bytes for one request's line and header
  size_t stack_size;             // of an I/O thread, bytes
  int tls;                       // 1: a certificate must have been loaded
} cmhd_options;

cmhd_server *cmhd_create(const cmhd_callbacks *callbacks, void *context);
// Frees everything. The server must not be running.
void cmhd_destroy(cmhd_server *server);

// 0, or -1 with a message.
int cmhd_start(cmhd_server *server, const cmhd_options *options, char message[CMHD_MESSAGE_SIZE]);
// Accepts no more connections. Returns the listening descriptor for the caller to close, or -1.
int cmhd_quiesce(cmhd_server *server);
// Lets the kernel drop requests for new connections at a TCP socket: their clients ask again after a second. Those that it
// has answered are completed. 0, or -1.
int cmhd_drop_new(int listen_descriptor);
// After cmhd_quiesce: takes the connections that the kernel has accepted for the descriptor, which closing it would reset.
// The descriptor must not block. Returns how many were taken.
int cmhd_accept_rest(cmhd_server *server, int listen_descriptor);
// Ends all connections and I/O threads; every `completed` and `closed` has been called when it returns.
// No connection may be suspended: the library would abort the process.
void cmhd_stop(cmhd_server *server);

// Reads a PEM chain and its key, and uses them for every handshake from now on. Any thread, also while the server runs.
// The chains before it are kept until cmhd_destroy, as a handshake may still be using them (a few KB each).
// 0, or -1 with a message; then the chain before stays in use.
int cmhd_load_certificate(cmhd_server *server, const char *chain_path, const char *key_path,
                          char message[CMHD_MESSAGE_SIZE]);

// Suspend: in `received` only. Resume: any thread, exactly once for each suspend.
void cmhd_suspend(cmhd_connection *connection);
void cmhd_resume(cmhd_connection *connection);

// Visits the request's header fields in their order. Names and values are not NUL-terminated for the caller's purposes;
// they live until the request is completed.
typedef void (*cmhd_visit)(void *context, const char *name, size_t name_length, const char *value, size_t value_length);
void cmhd_visit_headers(cmhd_connection *connection, void *context, cmhd_visit visit);
// Bytes from the first of the method to the last of the header, or 0 if not known.
size_t cmhd_header_size(cmhd_connection *connection);

// Answers with a copy of `body`. `fields` holds `field_count` pairs of NUL-terminated name and value, one after another.
// In `received` only. 0, or -1 (a field has a character that no header may have, or there is no memory).
int cmhd_respond(cmhd_connection *connection, unsigned status, const void *body, size_t length, const char *fields,
                 size_t field_count);

// Answers with a body of unknown length that `read` supplies, in chunks. `read` puts at most `capacity` bytes at `target`
// and returns their number, -1 for the end, or 0 after it has suspended the connection (never 0 without).
// `release` is called exactly once, also when this function fails.
typedef long (*cmhd_read)(void *stream, char *target, size_t capacity);
int cmhd_respond_stream(cmhd_connection *connection, unsigned status, void *stream, cmhd_read read,
                        void (*release)(void *stream), const char *fields, size_t field_count);

#ifdef __cplusplus
}
#endif
