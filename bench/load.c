// The load generator of bench/: WebSocket clients, and the echo server that stands behind the target, in one thread of one
// process, so that the only other busy process is the one that is measured.
//
//   cc -O2 -o load load.c [-DWITH_TLS -lssl -lcrypto]
//   load --header 'Origin: http://127.0.0.1' [--tokens FILE]
//
// Commands come as lines on standard input, answers go as one JSON object a line to standard output:
//
//   echo PORT TLS SIZE CONNECTIONS WINDOW WARM MESSAGES      WARM and MESSAGES are per connection
//   events PORT TLS SIZE CONNECTIONS WINDOW WARM MESSAGES    the same as events of Socket.IO, which the server sends back
//   broadcast PORT TLS SIZE CONNECTIONS WARM MESSAGES        the first connection says a message, the server sends it to all, and
//                                                            the next follows when all have it
//   paced PORT OTHER SIZE CONNECTIONS USERS RATE WARM MESSAGES  to two ports: every USERS connections to the other one; RATE
//                                                            messages a second of all together until "close"
//   handshakes PORT TLS CONCURRENCY WARM COUNT TOKEN USERS   connect, upgrade, Close both ways, end;
//                                                            tokens from TOKEN on; USERS > 0: that many in turn
//   idle PORT TLS CONNECTIONS
//   go                                                       after "ready": the measured part begins
//   close                                                    ends every connection of the run
//
// Every echo is compared byte for byte with what was sent; the first fault ends the run ("failed").

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif

enum {
  PAYLOADS = 64,
  MAX_EVENTS = 512,
  MAX_WINDOW = 64,
  READ_BYTES = 1 << 18,
  HEAD_BYTES = 1 << 14,
  OPENING_AT_ONCE = 64,
  TEXT_FRAME = 0x81,
  CLOSE_FRAME = 0x88,
  PING_FRAME = 0x89,
  PONG_FRAME = 0x8a,
};

enum role { CONTROL, LISTENER, CLIENT, BACKEND };
// JOINING: the handshake of Socket.IO, in messages after the upgrade.
enum state { CONNECTING, UPGRADING, JOINING, OPEN, CLOSING };

struct connection {
  int fd;
  enum role role;
  enum state state;
  uint32_t events;
  struct connection *next, *previous;
#ifdef WITH_TLS
  SSL *tls;
#endif
  // Client: which messages it has sent and got back, and where it is in the frame that it writes and the one it reads.
  unsigned id;
  uint64_t limit, sent, received;
  size_t frame_offset;
  unsigned char head[14];
  size_t head_have, payload_size, payload_have;
  bool in_payload;
  unsigned char control[125];
  // Both: the head of the handshake. Backend: frames that came, then echoes that wait to be written.
  unsigned char *buffer;
  size_t capacity, have, out_start, out_end, rest;
  bool ending;
};

struct frame {
  unsigned char *bytes;
  size_t size;
};

enum mode { NONE, ECHO, HANDSHAKES, IDLE };
enum phase { WARMING, WAITING, MEASURING, DONE };

static struct {
  enum mode mode;
  enum phase phase;
  int port, other;
  bool tls, events, broadcast, failed, closing;
  unsigned arrived;
  uint64_t spoken;
  struct connection *speaker;
  size_t size;
  unsigned connections, window, opening, open, finished, started;
  uint64_t warm, messages, target, token, users, rate, given, paced;
  struct timespec begun, pacing;
} run;

static int poll_fd;
static struct connection *connections, *graveyard;
static struct connection **paced_clients;
static unsigned backends;
static char extra_headers[4096];
static char **tokens;
static size_t token_count;
static unsigned char *payloads[PAYLOADS];
static struct frame frames[PAYLOADS];
static unsigned char read_buffer[READ_BYTES];
#ifdef WITH_TLS
static unsigned char write_buffer[READ_BYTES];
#endif
static const char key[] = "c2FsbHlwb3J0IGJlbmNoLg==";
static char accept_value[32];
#ifdef WITH_TLS
static SSL_CTX *tls_context;
#endif

static void die(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void say(const char *format, ...) {
  va_list list;
  va_start(list, format);
  vprintf(format, list);
  va_end(list);
  putchar('\n');
  fflush(stdout);
}

static void *must(void *memory) {
  if (memory == NULL) die("memory");
  return memory;
}

// ---- SHA-1 and base64, for Sec-WebSocket-Accept (RFC 6455 4.2.2) ----

static uint32_t rotate(uint32_t word, int by) { return word << by | word >> (32 - by); }

static void sha1_block(uint32_t h[5], const unsigned char *block) {
  uint32_t w[80];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
  for (int i = 0; i < 80; i++) {
    uint32_t f, k;
    if (i < 20) f = (b & c) | (~b & d), k = 0x5a827999;
    else if (i < 40) f = b ^ c ^ d, k = 0x6ed9eba1;
    else if (i < 60) f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
    else f = b ^ c ^ d, k = 0xca62c1d6;
    uint32_t next = rotate(a, 5) + f + e + k + w[i];
    e = d, d = c, c = rotate(b, 30), b = a, a = next;
  }
  h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

// Of at most 119 bytes: a key and the GUID are 60.
static void sha1(const char *text, unsigned char digest[20]) {
  unsigned char padded[128] = {0};
  size_t size = strlen(text), blocks = size < 56 ? 1 : 2;
  memcpy(padded, text, size);
  padded[size] = 0x80;
  for (int i = 0; i < 8; i++) padded[blocks * 64 - 1 - i] = (uint64_t)size * 8 >> (8 * i);
  uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (size_t i = 0; i < blocks; i++) sha1_block(h, padded + 64 * i);
  for (int i = 0; i < 20; i++) digest[i] = h[i / 4] >> (24 - 8 * (i % 4));
}

static void accept_for(const char *from, size_t size, char out[32]) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char text[96];
  unsigned char digest[21] = {0};
  snprintf(text, sizeof text, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", (int)(size > 40 ? 40 : size), from);
  sha1(text, digest);
  for (int i = 0, o = 0; i < 20; i += 3) {
    uint32_t three = digest[i] << 16 | digest[i + 1] << 8 | digest[i + 2];
    for (int j = 0; j < 4; j++) out[o++] = letters[three >> (18 - 6 * j) & 63];
  }
  out[27] = '=';
  out[28] = 0;
}

// ---- Payloads: 64 different JSON texts of exactly the size, each as JSON.stringify writes it ----

static void make_payload(char *out, size_t size, unsigned number) {
  char *text = must(malloc(size + 512));
  size_t at = sprintf(text, "{\"id\":%u,\"type\":\"message\",\"room\":\"lobby-%u\"", number, number % 7);
  if (size > 400) {
    at += sprintf(text + at, ",\"items\":[");
    for (unsigned i = 0; at + 240 < size; i++)
      at += sprintf(text + at,
                    "%s{\"n\":%u,\"user\":\"Zo\xc3\xab %u\",\"text\":\"line \\\"%u\\\" of the message\",\"at\":%u.%u,"
                    "\"seen\":%s,\"tags\":[\"a\",%u,null]}",
                    i == 0 ? "" : ",", i, (number * 31 + i) % 997, i * number, 1700000000 + i * 13, (i * 7 + number) % 9 + 1,
                    i % 3 == 0 ? "true" : "false", i % 10);
    at += sprintf(text + at, "]");
  }
  at += sprintf(text + at, ",\"text\":\"");
  while (at + 2 < size) {
    text[at] = 'a' + (at * 7 + number) % 26;
    at++;
  }
  text[at++] = '"';
  text[at++] = '}';
  memcpy(out, text, size);
  free(text);
}

// An event of Socket.IO (protocol 5, inside a message of Engine.IO 4) with such a text as its argument: a server that sends
// the event back writes the same bytes.
static void make_event(char *out, size_t size, unsigned number) {
  static const char before[] = "42[\"m\",";
  size_t at = sizeof before - 1;
  memcpy(out, before, at);
  make_payload(out + at, size - at - 1, number);
  out[size - 1] = ']';
}

static size_t put_head(unsigned char *out, unsigned first, size_t size, bool masked) {
  unsigned mask = masked ? 0x80 : 0;
  out[0] = first;
  if (size < 126) return out[1] = mask | size, 2;
  if (size < 65536) return out[1] = mask | 126, out[2] = size >> 8, out[3] = size, 4;
  out[1] = mask | 127;
  for (int i = 0; i < 8; i++) out[2 + i] = (uint64_t)size >> (56 - 8 * i);
  return 10;
}

static void make_frames(size_t size) {
  for (unsigned i = 0; i < PAYLOADS; i++) {
    free(payloads[i]);
    free(frames[i].bytes);
    payloads[i] = must(malloc(size));
    (run.events ? make_event : make_payload)((char *)payloads[i], size, i);
    unsigned char *out = frames[i].bytes = must(malloc(size + 14));
    size_t at = put_head(out, TEXT_FRAME, size, true);
    unsigned char *mask = out + at;
    for (int m = 0; m < 4; m++) out[at++] = 37 + 59 * m + 7 * i;
    for (size_t b = 0; b < size; b++) out[at + b] = payloads[i][b] ^ mask[b & 3];
    frames[i].size = at + size;
  }
}

// ---- Connections ----

static struct connection *new_connection(int fd, enum role role, uint32_t events) {
  struct connection *c = must(calloc(1, sizeof *c));
  c->fd = fd;
  c->role = role;
  c->events = events;
  c->next = connections;
  if (connections != NULL) connections->previous = c;
  connections = c;
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  if (role == BACKEND) backends++;
  return c;
}

static void want(struct connection *c, uint32_t events) {
  if (c->events == events) return;
  c->events = events;
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &event) != 0) die("epoll_ctl");
}

// Events of this connection may still stand in the batch: it is freed after it.
static void drop(struct connection *c) {
  if (c->fd < 0) return;
#ifdef WITH_TLS
  if (c->tls != NULL) {
    SSL_set_quiet_shutdown(c->tls, 1);
    SSL_free(c->tls);
  }
#endif
  close(c->fd);
  c->fd = -1;
  if (c->role == BACKEND) backends--;
  if (c->next != NULL) c->next->previous = c->previous;
  if (c->previous != NULL) c->previous->next = c->next;
  else connections = c->next;
  free(c->buffer);
  c->next = graveyard;
  graveyard = c;
}

static void drop_clients(void) {
  for (struct connection *c = connections, *next; c != NULL; c = next) {
    next = c->next;
    if (c->role == CLIENT) drop(c);
  }
}

static void fail(const char *format, ...) {
  if (run.failed) return;
  run.failed = true;
  char text[256];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  for (char *p = text; *p != 0; p++)
    if (*p == '"' || *p == '\\' || *p < ' ') *p = '\'';
  say("{\"event\":\"failed\",\"reason\":\"%s\"}", text);
  drop_clients();
}

#ifdef WITH_TLS
static ssize_t again(void) {
  errno = EAGAIN;
  return -1;
}
#endif

static ssize_t take(struct connection *c, void *to, size_t size) {
#ifdef WITH_TLS
  if (c->tls != NULL) {
    int got = SSL_read(c->tls, to, (int)size);
    if (got > 0) return got;
    int error = SSL_get_error(c->tls, got);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return again();
    return 0;
  }
#endif
  return read(c->fd, to, size);
}

static ssize_t give(struct connection *c, const struct iovec *pieces, int count) {
#ifdef WITH_TLS
  if (c->tls != NULL) {
    size_t size = 0;
    for (int i = 0; i < count && size + pieces[i].iov_len <= sizeof write_buffer; i++) {
      memcpy(write_buffer + size, pieces[i].iov_base, pieces[i].iov_len);
      size += pieces[i].iov_len;
    }
    const void *from = size == 0 ? pieces[0].iov_base : write_buffer;
    int wrote = SSL_write(c->tls, from, (int)(size == 0 ? pieces[0].iov_len : size));
    if (wrote > 0) return wrote;
    int error = SSL_get_error(c->tls, wrote);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return again();
    errno = ECONNRESET;
    return -1;
  }
#endif
  return writev(c->fd, pieces, count);
}

static bool give_small(struct connection *c, const void *bytes, size_t size) {
  struct iovec piece = {.iov_base = (void *)bytes, .iov_len = size};
  return give(c, &piece, 1) == (ssize_t)size;
}

// ---- Clients ----

static void check_phase(void);
static void open_more(void);

static void begin_tls(struct connection *c) {
#ifdef WITH_TLS
  c->tls = must(SSL_new(tls_context));
  SSL_set_fd(c->tls, c->fd);
  SSL_set_tlsext_host_name(c->tls, "localhost");
  SSL_set_connect_state(c->tls);
#else
  (void)c;
#endif
}

// Every user has connections at both ports.
static int port_of(unsigned id) {
  return run.other != 0 && run.users > 0 && id / run.users % 2 == 1 ? run.other : run.port;
}

static void open_client(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port_of(run.started))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) {
    close(fd);
    return fail("connect: %s", strerror(errno));
  }
  struct connection *c = new_connection(fd, CLIENT, EPOLLOUT);
  c->id = run.started++;
  run.opening++;
  if (run.tls) begin_tls(c);
}

static void send_request(struct connection *c) {
  char text[HEAD_BYTES];
  int size = snprintf(text, sizeof text,
                      "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n%s",
                      run.events ? "/socket.io/?EIO=4&transport=websocket" : "/bench", port_of(c->id), key, extra_headers);
  if (token_count > 0)
    size += snprintf(text + size, sizeof text - size, "Authorization: Bearer %s\r\n",
                     tokens[(run.token + (run.users > 0 ? c->id % run.users : c->id)) % token_count]);
  size += snprintf(text + size, sizeof text - size, "\r\n");
  if (!give_small(c, text, size)) return fail("the request could not be written");
  c->state = UPGRADING;
  want(c, EPOLLIN);
}

static void connected(struct connection *c) {
#ifdef WITH_TLS
  if (c->tls != NULL) {
    int done = SSL_do_handshake(c->tls);
    if (done != 1) {
      int error = SSL_get_error(c->tls, done);
      if (error == SSL_ERROR_WANT_READ) return want(c, EPOLLIN);
      if (error == SSL_ERROR_WANT_WRITE) return want(c, EPOLLOUT);
      return fail("TLS handshake failed: %s", ERR_error_string(ERR_get_error(), NULL));
    }
  }
#endif
  send_request(c);
}

// Broadcast: says the next message, once all connections are open and have got the one before.
static void speak(void) {
  struct connection *c = run.speaker;
  if (c == NULL || run.open < run.connections || run.spoken >= c->limit) return;
  if (run.spoken > 0 && run.arrived < run.connections) return;
  struct frame *frame = &frames[run.spoken % PAYLOADS];
  run.arrived = 0;
  run.spoken++;
  if (!give_small(c, frame->bytes, frame->size)) fail("a message could not be written");
}

// Writes as many frames as the window allows, many in one call.
static void send_frames(struct connection *c) {
  if (run.broadcast) {
    if (c->id == 0) run.speaker = c;
    want(c, EPOLLIN);
    return speak();
  }
  for (;;) {
    struct iovec pieces[MAX_WINDOW];
    int count = 0;
    uint64_t until = c->received + run.window < c->limit ? c->received + run.window : c->limit;
    for (uint64_t next = c->sent; next < until && count < MAX_WINDOW; next++, count++) {
      struct frame *frame = &frames[(c->id + next) % PAYLOADS];
      size_t offset = count == 0 ? c->frame_offset : 0;
      pieces[count] = (struct iovec){frame->bytes + offset, frame->size - offset};
    }
    if (count == 0) return want(c, EPOLLIN);
    ssize_t wrote = give(c, pieces, count);
    if (wrote < 0 && errno == EAGAIN) return want(c, EPOLLIN | EPOLLOUT);
    if (wrote < 0) return fail("write: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
      if ((size_t)wrote < pieces[i].iov_len) {
        c->frame_offset = (i == 0 ? c->frame_offset : 0) + wrote;
        break;
      }
      wrote -= pieces[i].iov_len;
      c->frame_offset = 0;
      c->sent++;
    }
  }
}

static void send_close(struct connection *c) {
  static const unsigned char normal[] = {CLOSE_FRAME, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xe8 ^ 2};
  c->state = CLOSING;
  if (!give_small(c, normal, sizeof normal)) fail("a Close could not be written");
}

static void opened(struct connection *c) {
  c->state = OPEN;
  run.opening--;
  run.open++;
  if (run.mode == HANDSHAKES) return send_close(c);
  if (run.rate > 0) paced_clients[c->id] = c;
  else if (run.mode == ECHO) {
    c->limit = run.warm;
    send_frames(c);
  }
  if (run.rate > 0 && run.open == run.connections) clock_gettime(CLOCK_MONOTONIC, &run.pacing);
  open_more();
  check_phase();
}

// Socket.IO: the server's open packet is answered by a connect packet, and that by the server's own.
static void join_server(struct connection *c) {
  static const unsigned char connect_packet[] = {TEXT_FRAME, 0x82, 1, 2, 3, 4, '4' ^ 1, '0' ^ 2};
  if (c->control[0] == '0') {
    if (!give_small(c, connect_packet, sizeof connect_packet)) fail("a connect packet could not be written");
  } else if (c->payload_size >= 2 && memcmp(c->control, "40", 2) == 0) opened(c);
  else fail("not joined: %.*s", (int)c->payload_size, c->control);
}

// A frame from the target is complete. Answers whether the connection goes on.
static bool received_frame(struct connection *c) {
  unsigned first = c->head[0];
  c->in_payload = false;
  c->head_have = 0;
  if (first == PING_FRAME) {
    unsigned char pong[6 + 125] = {PONG_FRAME, 0x80 | c->payload_size};
    memcpy(pong + 6, c->control, c->payload_size);
    if (c->frame_offset == 0 && !give_small(c, pong, 6 + c->payload_size)) fail("a Pong could not be written");
    return !run.failed;
  }
  if (first == CLOSE_FRAME) {
    if (c->state != CLOSING) fail("the target closed with %d", c->control[0] << 8 | c->control[1]);
    return !run.failed;
  }
  if (c->state == JOINING) {
    join_server(c);
    return !run.failed;
  }
  c->received++;
  if (run.broadcast && ++run.arrived == run.connections) speak();
  if (run.rate > 0) {
    run.paced++;
    check_phase();
  } else if (c->received == c->limit) {
    run.finished++;
    check_phase();
  }
  return !run.failed;
}

static bool frame_begins(struct connection *c) {
  unsigned first = c->head[0], length = c->head[1];
  size_t needed = length == 126 ? 4 : length == 127 ? 10 : 2;
  if (length > 127) return fail("a masked frame came from a server"), false;
  if (c->head_have < needed) return true;
  c->payload_size = needed == 2 ? length : 0;
  for (size_t i = 2; i < needed; i++) c->payload_size = c->payload_size << 8 | c->head[i];
  c->payload_have = 0;
  c->in_payload = true;
  bool control = first == PING_FRAME || first == CLOSE_FRAME;
  if ((control || (first == TEXT_FRAME && c->state == JOINING)) && c->payload_size <= sizeof c->control) return true;
  if (first != TEXT_FRAME || run.mode != ECHO || c->payload_size != run.size ||
      c->received >= (run.broadcast ? run.spoken : c->sent))
    return fail("an unexpected frame: %02x, %zu bytes", first, c->payload_size), false;
  return true;
}

static bool consume(struct connection *c, const unsigned char *bytes, size_t size) {
  while (size > 0 || (c->in_payload && c->payload_size == 0)) {
    if (!c->in_payload) {
      c->head[c->head_have++] = *bytes++;
      size--;
      if (c->head_have >= 2 && !frame_begins(c)) return false;
      if (!c->in_payload || c->payload_size > 0) continue;
    }
    size_t part = c->payload_size - c->payload_have;
    if (part > size) part = size;
    if (c->head[0] == TEXT_FRAME && c->state != JOINING) {
      if (memcmp(bytes, payloads[((run.broadcast ? 0 : c->id) + c->received) % PAYLOADS] + c->payload_have, part) != 0)
        return fail("an echo differs from what was sent"), false;
    } else memcpy(c->control + c->payload_have, bytes, part);
    c->payload_have += part;
    bytes += part;
    size -= part;
    if (c->payload_have == c->payload_size && !received_frame(c)) return false;
  }
  return true;
}

static void read_answer(struct connection *c) {
  if (c->buffer == NULL) c->buffer = must(malloc(HEAD_BYTES + 1));
  ssize_t got = take(c, c->buffer + c->have, HEAD_BYTES - c->have);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return fail("the connection ended during the handshake, after: %.60s", c->have > 0 ? (char *)c->buffer : "");
  c->have += got;
  c->buffer[c->have] = 0;
  char *end = strstr((char *)c->buffer, "\r\n\r\n");
  if (end == NULL) return c->have < HEAD_BYTES ? (void)0 : fail("the answer's head is too long");
  size_t head = end + 4 - (char *)c->buffer;
  if (strncmp((char *)c->buffer, "HTTP/1.1 101 ", 13) != 0 || strstr((char *)c->buffer, accept_value) == NULL)
    return fail("not switched: %.60s", (char *)c->buffer);
  unsigned char *buffer = c->buffer;
  size_t rest = c->have - head;
  c->buffer = NULL;
  c->have = 0;
  if (run.events) c->state = JOINING;
  else opened(c);
  if (rest > 0 && c->fd >= 0) consume(c, buffer + head, rest);
  free(buffer);
}

static void client_gone(struct connection *c) {
  if (c->state != CLOSING) return fail("the target ended a connection");
  drop(c);
  run.open--;
  run.finished++;
  open_more();
  check_phase();
}

static void read_client(struct connection *c) {
  for (;;) {
    ssize_t got = take(c, read_buffer, sizeof read_buffer);
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) return client_gone(c);
    if (!consume(c, read_buffer, got)) return;
#ifdef WITH_TLS
    if (c->tls != NULL && SSL_has_pending(c->tls)) continue;
#endif
    break;
  }
  if (run.mode == ECHO && c->fd >= 0) send_frames(c);
}

static void on_client(struct connection *c, uint32_t events) {
  if (c->state == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail("connect: %s", strerror(error));
    return connected(c);
  }
  if (c->state == UPGRADING) return read_answer(c);
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_client(c);
  if (c->fd >= 0 && events & EPOLLOUT && run.mode == ECHO) send_frames(c);
}

// ---- The echo server ----

static void accept_all(struct connection *listener) {
  for (;;) {
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *c = new_connection(fd, BACKEND, EPOLLIN);
    c->state = UPGRADING;
  }
}

static void grow(struct connection *c, size_t capacity) {
  if (c->capacity >= capacity) return;
  c->buffer = must(realloc(c->buffer, capacity));
  c->capacity = capacity;
}

// Writes the echoes that wait; reads on when all are written.
static void write_echoes(struct connection *c) {
  while (c->out_start < c->out_end) {
    ssize_t wrote = write(c->fd, c->buffer + c->out_start, c->out_end - c->out_start);
    if (wrote < 0 && errno == EAGAIN) return want(c, EPOLLOUT);
    if (wrote < 0) return drop(c);
    c->out_start += wrote;
  }
  if (c->ending) return drop(c);
  size_t left = c->have - c->rest;
  if (left > 0 && c->rest > 0) memmove(c->buffer, c->buffer + c->rest, left);
  c->have = left;
  c->rest = c->out_start = c->out_end = 0;
  // An idle connection keeps no buffer.
  if (left == 0 && run.mode == IDLE) {
    free(c->buffer);
    c->buffer = NULL;
    c->capacity = 0;
  }
  want(c, EPOLLIN);
}

static void unmask(unsigned char *to, const unsigned char *from, size_t size, const unsigned char mask[4]) {
  uint32_t word;
  memcpy(&word, mask, 4);
  uint64_t twice = (uint64_t)word << 32 | word;
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t eight;
    memcpy(&eight, from + i, 8);
    eight ^= twice;
    memcpy(to + i, &eight, 8);
  }
  for (; i < size; i++) to[i] = from[i] ^ mask[i & 3];
}

// Turns every whole frame of the buffer into its echo, in place: an echo is four bytes shorter than what it answers.
static void echo_frames(struct connection *c) {
  size_t at = 0, out = 0;
  while (c->have - at >= 2 && !c->ending) {
    unsigned char *head = c->buffer + at;
    if (!(head[1] & 0x80)) return drop(c);
    size_t length = head[1] & 127, needed = length == 126 ? 8 : length == 127 ? 14 : 6;
    if (c->have - at < needed) break;
    size_t size = needed == 6 ? length : 0;
    for (size_t i = 2; i < needed - 4; i++) size = size << 8 | head[i];
    if (needed + size >= c->capacity) {
      grow(c, 2 * (needed + size));
      break;
    }
    if (c->have - at < needed + size) break;
    unsigned char mask[4];
    memcpy(mask, head + needed - 4, 4);
    unsigned first = head[0] == PING_FRAME ? PONG_FRAME : head[0];
    if (head[0] == PONG_FRAME) {
      at += needed + size;
      continue;
    }
    unsigned char *from = head + needed;
    at += needed + size;
    out += put_head(c->buffer + out, first, size, false);
    unmask(c->buffer + out, from, size, mask);
    out += size;
    if (first == CLOSE_FRAME) c->ending = true;
  }
  c->rest = at;
  c->out_end = out;
  write_echoes(c);
}

static void upgrade_backend(struct connection *c) {
  c->buffer[c->have] = 0;
  char *text = (char *)c->buffer, *end = strstr(text, "\r\n\r\n");
  if (end == NULL) return;
  size_t head = end + 4 - text;
  char *found = strcasestr(text, "\r\nsec-websocket-key:"), value[32];
  if (found == NULL || found > end) return drop(c);
  found += 20;
  found += strspn(found, " \t");
  accept_for(found, strcspn(found, " \t\r"), value);
  char answer[256];
  int size = snprintf(answer, sizeof answer,
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: %s\r\n\r\n",
                      value);
  if (write(c->fd, answer, size) != size) return drop(c);
  c->state = OPEN;
  c->rest = head;
  write_echoes(c);
  if (c->fd >= 0 && c->have > 0) echo_frames(c);
}

static void on_backend(struct connection *c, uint32_t events) {
  if (events & EPOLLOUT) return write_echoes(c);
  grow(c, c->state == UPGRADING ? HEAD_BYTES : 2 * (run.size + 14) + 65536);
  ssize_t got = read(c->fd, c->buffer + c->have, c->capacity - c->have - 1);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(c);
  c->have += got;
  if (c->state == UPGRADING) return upgrade_backend(c);
  echo_frames(c);
}

// ---- Runs ----

static double seconds_since(struct timespec from) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - from.tv_sec) + (double)(now.tv_nsec - from.tv_nsec) / 1e9;
}

static void open_more(void) {
  if (run.failed || run.mode == NONE) return;
  if (run.mode == HANDSHAKES)
    while (run.started < run.target && run.opening + run.open < run.connections && !run.failed) open_client();
  else
    while (run.started < run.connections && run.opening < OPENING_AT_ONCE && !run.failed) open_client();
}

// Paced: lets connections send in turn, as many messages as are due by now. One that has no echo yet is passed over, so that a target that is too
// slow is asked for less, and nothing gathers.
static void pace(void) {
  if (run.rate == 0 || run.failed || run.closing || run.open < run.connections) return;
  uint64_t due = (uint64_t)(seconds_since(run.pacing) * (double)run.rate);
  for (; run.given < due && !run.failed; run.given++) {
    struct connection *c = paced_clients[run.given % run.connections];
    if (c->received < c->limit) continue;
    c->limit++;
    send_frames(c);
  }
}

static bool phase_is_over(void) {
  if (run.mode == HANDSHAKES) return run.finished >= run.target;
  if (run.open < run.connections) return false;
  if (run.rate > 0) return run.paced >= run.target;
  return run.mode == IDLE || run.finished >= run.connections;
}

static void check_phase(void) {
  if (run.failed || !phase_is_over()) return;
  if (run.phase == WARMING) {
    run.phase = WAITING;
    say("{\"event\":\"ready\"}");
  } else if (run.phase == MEASURING) {
    run.phase = DONE;
    uint64_t messages = run.mode == HANDSHAKES || run.rate > 0 ? run.messages : run.messages * run.connections;
    say("{\"event\":\"done\",\"messages\":%llu,\"seconds\":%.6f}", (unsigned long long)messages, seconds_since(run.begun));
  }
}

static void begin(void) {
  run.phase = WARMING;
  run.closing = run.failed = false;
  run.opening = run.open = run.finished = run.started = 0;
  run.given = run.paced = 0;
  if (run.rate > 0) paced_clients = must(realloc(paced_clients, run.connections * sizeof *paced_clients));
  run.target = run.warm;
#ifndef WITH_TLS
  if (run.tls) return fail("built without TLS: install OpenSSL's headers (libssl-dev)");
#endif
  open_more();
}

static void go(void) {
  if (run.phase != WAITING) return fail("go before ready");
  run.phase = MEASURING;
  run.finished = 0;
  clock_gettime(CLOCK_MONOTONIC, &run.begun);
  if (run.rate > 0) {
    run.target = run.paced + run.messages;
    return;
  }
  if (run.mode == HANDSHAKES) {
    // Numbers go on, so that each handshake has its own token.
    run.target = run.messages;
    if (run.users == 0) run.token += run.started;
    run.started = 0;
    return open_more();
  }
  for (struct connection *c = connections, *next; c != NULL && !run.failed; c = next) {
    next = c->next;
    if (c->role != CLIENT) continue;
    c->limit += run.messages;
    send_frames(c);
  }
}

static void command(char *line) {
  int tls = 0;
  bool events = strncmp(line, "events ", 7) == 0;
  unsigned long long warm = 0, messages = 0, token = 0, users = 64, rate = 0;
  run.other = 0;
  if (sscanf(line, events ? "events %d %d %zu %u %u %llu %llu" : "echo %d %d %zu %u %u %llu %llu", &run.port, &tls, &run.size,
             &run.connections, &run.window, &warm, &messages) == 7) {
    if (run.window > MAX_WINDOW || run.size < 80) die("echo: the window is at most 64, a message at least 80 bytes");
    run.mode = ECHO;
  } else if (sscanf(line, "broadcast %d %d %zu %u %llu %llu", &run.port, &tls, &run.size, &run.connections, &warm,
                    &messages) == 6) {
    run.mode = ECHO;
  } else if (sscanf(line, "paced %d %d %zu %u %llu %llu %llu %llu", &run.port, &run.other, &run.size, &run.connections, &users,
                    &rate, &warm, &messages) == 8) {
    run.mode = ECHO;
    run.window = MAX_WINDOW;
  } else if (sscanf(line, "handshakes %d %d %u %llu %llu %llu %llu", &run.port, &tls, &run.connections, &warm,
                    &messages, &token, &users) == 7) {
    run.mode = HANDSHAKES;
  } else if (sscanf(line, "idle %d %d %u", &run.port, &tls, &run.connections) == 3) {
    run.mode = IDLE;
  } else if (strcmp(line, "go") == 0) {
    return go();
  } else if (strcmp(line, "close") == 0) {
    run.closing = true;
    run.rate = 0;
    drop_clients();
    return;
  } else {
    die(line);
  }
  run.tls = tls != 0;
  run.events = events;
  run.broadcast = strncmp(line, "broadcast ", 10) == 0;
  run.arrived = 0;
  run.spoken = 0;
  run.speaker = NULL;
  run.warm = warm;
  run.messages = messages;
  run.token = token;
  run.users = users;
  run.rate = rate;
  if (run.mode == ECHO) make_frames(run.size);
  begin();
}

static void on_control(void) {
  static char text[512];
  static size_t have;
  ssize_t got = read(0, text + have, sizeof text - 1 - have);
  if (got <= 0) exit(0);
  have += got;
  text[have] = 0;
  for (char *end; (end = strchr(text, '\n')) != NULL;) {
    *end = 0;
    command(text);
    have -= end + 1 - text;
    memmove(text, end + 1, have + 1);
  }
}

static int listen_on_loopback(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in at = {.sin_family = AF_INET};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&at, size) != 0 || listen(fd, 4096) != 0) die("listen");
  getsockname(fd, (struct sockaddr *)&at, &size);
  new_connection(fd, LISTENER, EPOLLIN);
  return ntohs(at.sin_port);
}

static void load_tokens(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) die(path);
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, file) > 0) {
    line[strcspn(line, "\r\n")] = 0;
    tokens = must(realloc(tokens, (token_count + 1) * sizeof *tokens));
    tokens[token_count++] = must(strdup(line));
  }
  free(line);
  fclose(file);
}

static void read_options(int count, char **options) {
  size_t used = 0;
  for (int i = 1; i + 1 < count; i += 2) {
    if (strcmp(options[i], "--tokens") == 0) load_tokens(options[i + 1]);
    else if (strcmp(options[i], "--header") == 0)
      used += snprintf(extra_headers + used, sizeof extra_headers - used, "%s\r\n", options[i + 1]);
    else die(options[i]);
    if (used >= sizeof extra_headers) die("too many headers");
  }
}

static void handle(struct connection *c, uint32_t events) {
  if (c->fd < 0) return;
  switch (c->role) {
    case CONTROL: return on_control();
    case LISTENER: return accept_all(c);
    case CLIENT: return on_client(c, events);
    case BACKEND: return on_backend(c, events);
  }
}

int main(int count, char **options) {
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  read_options(count, options);
  accept_for(key, strlen(key), accept_value);
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
#ifdef WITH_TLS
  tls_context = must(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(tls_context, TLS1_3_VERSION);
  SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  bool tls = true;
#else
  bool tls = false;
#endif
  int port = listen_on_loopback();
  new_connection(0, CONTROL, EPOLLIN);
  say("{\"event\":\"listening\",\"port\":%d,\"tls\":%s}", port, tls ? "true" : "false");
  for (;;) {
    struct epoll_event events[MAX_EVENTS];
    int got = epoll_wait(poll_fd, events, MAX_EVENTS, run.rate > 0 && !run.closing ? 1 : -1);
    for (int i = 0; i < got; i++) handle(events[i].data.ptr, events[i].events);
    pace();
    while (graveyard != NULL) {
      struct connection *next = graveyard->next;
      free(graveyard);
      graveyard = next;
    }
    // The next run begins when the target has let go of the echo server, too.
    if (run.closing && backends == 0) {
      run.closing = false;
      run.mode = NONE;
      say("{\"event\":\"closed\"}");
    }
  }
}
