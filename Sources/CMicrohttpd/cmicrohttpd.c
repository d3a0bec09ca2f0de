#define _GNU_SOURCE
#include "cmicrohttpd.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <linux/filter.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Leaf, intermediates, and a cross-signed one or two.
enum { CHAIN_LIMIT = 8, OPTION_LIMIT = 24, LISTEN_BACKLOG = 1024, STREAM_BLOCK = 4096 };

typedef struct certificate {
  gnutls_pcert_st chain[CHAIN_LIMIT];
  unsigned chain_length;
  gnutls_privkey_t key;
  struct certificate *before;
} certificate;

struct cmhd_server {
  cmhd_callbacks callbacks;
  void *context;
  struct MHD_Daemon *daemon;
  certificate *_Atomic current;
  pthread_mutex_t loading;  // makes the list of chains one writer's
  char start_log[CMHD_MESSAGE_SIZE];
  int started;
};

// What the library keeps for a connection: gnutls gives a callback no other way to its server.
typedef struct {
  cmhd_server *server;
  void *object;
} peer;

static peer *peer_of(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

static void say(char message[CMHD_MESSAGE_SIZE], const char *what, const char *why) {
  snprintf(message, CMHD_MESSAGE_SIZE, "%.120s: %.130s", what, why);
}

// --- callbacks

static void on_log(void *context, const char *format, va_list arguments) {
  cmhd_server *server = context;
  char line[CMHD_MESSAGE_SIZE];
  vsnprintf(line, sizeof line, format, arguments);
  size_t length = strlen(line);
  while (length > 0 && line[length - 1] == '\n') line[--length] = 0;
  if (!server->started) memcpy(server->start_log, line, sizeof line);
  server->callbacks.logged(server->context, line);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode code) {
  cmhd_server *server = context;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    peer *made = malloc(sizeof *made);
    if (made) *made = (peer){server, server->callbacks.opened(server->context, info ? info->connect_fd : -1)};
    *slot = made;
  } else if (*slot) {
    peer *gone = *slot;
    server->callbacks.closed(server->context, gone->object);
    free(gone);
    *slot = NULL;
  }
}

static void *on_target(void *context, const char *target, struct MHD_Connection *connection) {
  cmhd_server *server = context;
  peer *from = peer_of(connection);
  return from ? server->callbacks.started(server->context, from->object, connection, target) : NULL;
}

static enum MHD_Result on_access(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *bytes, size_t *count, void **request) {
  (void)url;  // decoded, and cut at a NUL: `started` has seen it as it came
  cmhd_server *server = context;
  if (!*request) return MHD_NO;  // no memory for the connection's object
  return server->callbacks.received(server->context, *request, connection, method, version, bytes, count) ? MHD_YES
                                                                                                           : MHD_NO;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code) {
  (void)connection;
  cmhd_server *server = context;
  if (!*request) return;
  server->callbacks.completed(server->context, *request, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
  *request = NULL;
}

static int on_certificate(gnutls_session_t session, const gnutls_datum_t *requested, int requested_count,
                          const gnutls_pk_algorithm_t *algorithms, int algorithm_count, gnutls_pcert_st **chain,
                          unsigned *chain_length, gnutls_privkey_t *key) {
  (void)requested, (void)requested_count, (void)algorithms, (void)algorithm_count;
  // The library stores the connection in its session (daemon.c, "gnutls_session_set_ptr").
  struct MHD_Connection *connection = gnutls_session_get_ptr(session);
  peer *from = connection ? peer_of(connection) : NULL;
  certificate *current = from ? from->server->current : NULL;
  if (!current) return -1;
  *chain = current->chain;
  *chain_length = current->chain_length;
  *key = current->key;
  return 0;
}

// --- life of a server

cmhd_server *cmhd_create(const cmhd_callbacks *callbacks, void *context) {
  cmhd_server *server = calloc(1, sizeof *server);
  if (!server) return NULL;
  server->callbacks = *callbacks;
  server->context = context;
  pthread_mutex_init(&server->loading, NULL);
  return server;
}

static void free_certificate(certificate *gone) {
  for (unsigned i = 0; i < gone->chain_length; i++) gnutls_pcert_deinit(&gone->chain[i]);
  if (gone->key) gnutls_privkey_deinit(gone->key);
  free(gone);
}

void cmhd_destroy(cmhd_server *server) {
  certificate *next = server->current;
  while (next) {
    certificate *before = next->before;
    free_certificate(next);
    next = before;
  }
  pthread_mutex_destroy(&server->loading);
  free(server);
}

int cmhd_start(cmhd_server *server, const cmhd_options *options, char message[CMHD_MESSAGE_SIZE]) {
  struct MHD_OptionItem items[OPTION_LIMIT];
  int count = 0;
#define VALUE(key, value) items[count++] = (struct MHD_OptionItem){(key), (intptr_t)(value), NULL}
#define POINTER(key, pointer) items[count++] = (struct MHD_OptionItem){(key), 0, (void *)(pointer)}
#define CALLBACK(key, function) items[count++] = (struct MHD_OptionItem){(key), (intptr_t)(function), server}
  CALLBACK(MHD_OPTION_EXTERNAL_LOGGER, on_log);
  CALLBACK(MHD_OPTION_NOTIFY_COMPLETED, on_completed);
  CALLBACK(MHD_OPTION_NOTIFY_CONNECTION, on_connection);
  CALLBACK(MHD_OPTION_URI_LOG_CALLBACK, on_target);
  VALUE(MHD_OPTION_LISTEN_SOCKET, options->listen_descriptor);
  VALUE(MHD_OPTION_LISTEN_BACKLOG_SIZE, LISTEN_BACKLOG);
  if (options->threads > 1) VALUE(MHD_OPTION_THREAD_POOL_SIZE, options->threads);  // the library refuses a pool of 1
  VALUE(MHD_OPTION_CONNECTION_LIMIT, options->connection_limit);
  if (options->per_address_limit) VALUE(MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->per_address_limit);
  VALUE(MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->connection_memory);
  VALUE(MHD_OPTION_THREAD_STACK_SIZE, options->stack_size);
  VALUE(MHD_OPTION_STRICT_FOR_CLIENT, 1);
  unsigned flags = MHD_USE_ERROR_LOG | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_USE_SUSPEND_RESUME;
  if (options->tls) {
    flags |= MHD_USE_TLS;
    POINTER(MHD_OPTION_HTTPS_CERT_CALLBACK, on_certificate);
    POINTER(MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2");
  }
  VALUE(MHD_OPTION_END, 0);
#undef VALUE
#undef POINTER
#undef CALLBACK
  server->start_log[0] = 0;
  server->daemon =
    MHD_start_daemon(flags, 0, NULL, NULL, on_access, server, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
  if (!server->daemon) {
    say(message, "libmicrohttpd did not start", server->start_log[0] ? server->start_log : "no reason given");
    return -1;
  }
  server->started = 1;
  return 0;
}

int cmhd_quiesce(cmhd_server *server) { return server->daemon ? MHD_quiesce_daemon(server->daemon) : -1; }

int cmhd_drop_new(int listen_descriptor) {
  // The socket's filter sees TCP headers: SYN (0x02) without ACK (0x10) in byte 13 is a new connection.
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  struct sock_fprog program = {sizeof code / sizeof code[0], code};
  return setsockopt(listen_descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int cmhd_accept_rest(cmhd_server *server, int listen_descriptor) {
  int count = 0;
  if (!server->daemon) return 0;
  for (;;) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int descriptor = accept4(listen_descriptor, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return count;
    // The library closes the descriptor where it refuses the connection.
    if (MHD_add_connection(server->daemon, descriptor, (struct sockaddr *)&address, length) == MHD_YES) count++;
  }
}

void cmhd_stop(cmhd_server *server) {
  if (server->daemon) MHD_stop_daemon(server->daemon);
  server->daemon = NULL;
}

// --- certificates

// gnutls compares chain and key only when they are put into credentials.
static int check_pair(const char *chain_path, const char *key_path) {
  gnutls_certificate_credentials_t trial;
  int code = gnutls_certificate_allocate_credentials(&trial);
  if (code < 0) return code;
  code = gnutls_certificate_set_x509_key_file(trial, chain_path, key_path, GNUTLS_X509_FMT_PEM);
  gnutls_certificate_free_credentials(trial);
  return code;
}

static int read_chain(certificate *made, const char *path) {
  gnutls_datum_t text;
  int code = gnutls_load_file(path, &text);
  if (code < 0) return code;
  unsigned length = CHAIN_LIMIT;
  code = gnutls_pcert_list_import_x509_raw(made->chain, &length, &text, GNUTLS_X509_FMT_PEM, 0);
  gnutls_free(text.data);
  if (code >= 0) made->chain_length = length;
  return code;
}

static int read_key(certificate *made, const char *path) {
  gnutls_datum_t text;
  int code = gnutls_load_file(path, &text);
  if (code < 0) return code;
  code = gnutls_privkey_init(&made->key);
  if (code >= 0) code = gnutls_privkey_import_x509_raw(made->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
  gnutls_memset(text.data, 0, text.size);
  gnutls_free(text.data);
  return code;
}

int cmhd_load_certificate(cmhd_server *server, const char *chain_path, const char *key_path,
                          char message[CMHD_MESSAGE_SIZE]) {
  certificate *made = calloc(1, sizeof *made);
  if (!made) {
    say(message, chain_path, "no memory");
    return -1;
  }
  const char *what = chain_path;
  int code = read_chain(made, chain_path);
  if (code >= 0) {
    what = key_path;
    code = read_key(made, key_path);
  }
  if (code >= 0) {
    what = "certificate and key";
    code = check_pair(chain_path, key_path);
  }
  if (code < 0) {
    say(message, what, gnutls_strerror(code));
    free_certificate(made);
    return -1;
  }
  pthread_mutex_lock(&server->loading);
  made->before = server->current;
  server->current = made;
  pthread_mutex_unlock(&server->loading);
  return 0;
}

// --- one connection

void cmhd_suspend(cmhd_connection *connection) { MHD_suspend_connection(connection); }
void cmhd_resume(cmhd_connection *connection) { MHD_resume_connection(connection); }

typedef struct {
  void *context;
  cmhd_visit visit;
} visitor;

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_length,
                                 const char *value, size_t value_length) {
  (void)kind;
  visitor *to = context;
  to->visit(to->context, name, name_length, value ? value : "", value ? value_length : 0);
  return MHD_YES;
}

void cmhd_visit_headers(cmhd_connection *connection, void *context, cmhd_visit visit) {
  visitor to = {context, visit};
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &to);
}

size_t cmhd_header_size(cmhd_connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

static int send_response(cmhd_connection *connection, unsigned status, struct MHD_Response *response,
                         const char *fields, size_t field_count) {
  enum MHD_Result result = MHD_YES;
  for (size_t i = 0; i < field_count && result == MHD_YES; i++) {
    const char *value = fields + strlen(fields) + 1;
    result = MHD_add_response_header(response, fields, value);
    fields = value + strlen(value) + 1;
  }
  if (result == MHD_YES) result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);  // drops our reference; the connection holds its own
  return result == MHD_YES ? 0 : -1;
}

int cmhd_respond(cmhd_connection *connection, unsigned status, const void *body, size_t length, const char *fields,
                 size_t field_count) {
  struct MHD_Response *response =
    MHD_create_response_from_buffer(length, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
  return response ? send_response(connection, status, response, fields, field_count) : -1;
}

// The library counts in ssize_t and has its own mark for the end.
typedef struct {
  void *stream;
  cmhd_read read;
  void (*release)(void *stream);
} source;

static ssize_t on_read(void *context, uint64_t position, char *target, size_t capacity) {
  (void)position;
  source *from = context;
  long count = from->read(from->stream, target, capacity);
  return count < 0 ? MHD_CONTENT_READER_END_OF_STREAM : count;
}

static void on_release(void *context) {
  source *from = context;
  from->release(from->stream);
  free(from);
}

int cmhd_respond_stream(cmhd_connection *connection, unsigned status, void *stream, cmhd_read read,
                        void (*release)(void *stream), const char *fields, size_t field_count) {
  source *from = malloc(sizeof *from);
  struct MHD_Response *response = NULL;
  if (from) {
    *from = (source){stream, read, release};
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read, from, on_release);
  }
  if (!response) {
    free(from);
    release(stream);
    return -1;
  }
  return send_response(connection, status, response, fields, field_count);
}
