/* HTTP/1.1 request heads and response heads (RFC 9110, RFC 9112), strict and without I/O.
 *
 * A caller collects bytes, ic_http1_scan_input says when the head is complete (or can never be),
 * ic_http1_request_parse reads it. Left out on purpose: chunked bodies, pipelining, HTTP/1.0,
 * obs-fold, absolute-form targets, percent-decoding (no route of ours needs it). */
#ifndef IC_WIRE_HTTP1_H
#define IC_WIRE_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/wr.h"

/* Bytes lent from the request; not terminated. */
struct ic_http1_text {
    const uint8_t *at;
    size_t len;
};

struct ic_http1_field {
    struct ic_http1_text name, value; /* value without the white space around it */
};

enum ic_http1_method {
    IC_HTTP1_GET,
    IC_HTTP1_HEAD,
    IC_HTTP1_POST,
    IC_HTTP1_OPTIONS,
    IC_HTTP1_OTHER, /* a token that no route of ours answers */
};

struct ic_http1_request {
    enum ic_http1_method method;
    struct ic_http1_text path;  /* begins with '/'; not decoded */
    struct ic_http1_text query; /* without '?'; never logged */
    struct ic_http1_text host;  /* name or address with an optional port: letters, digits .-_:[] */
    bool has_content_length;
    uint64_t content_length;
    bool is_close; /* "Connection: close" */
    size_t field_count;
    struct ic_http1_field fields[IC_HTTP_HEADERS_MAX];
};

/* How far the search for the end of a head has come. All zero at the start of a head. */
struct ic_http1_scan {
    size_t done;       /* bytes looked at */
    size_t line_start; /* offset of the line under way */
    bool is_after_cr;
};

enum ic_http1_step {
    IC_HTTP1_MORE, /* feed more */
    IC_HTTP1_DONE, /* *head_len is set */
    IC_HTTP1_BAD,  /* *status is set: answer with it and close */
};

/* Look on for the end of a head. Finds control bytes, bare CR, bare LF and an overlong head as soon
 * as they arrive, so that a slow sender of nonsense is answered at once.
 *  bytes, len  borrows: everything received of this head so far, the bytes of earlier calls first
 *  head_len    DONE: length of the head with its empty line; what follows is body
 *  status      BAD: 400, 414 or 431 */
enum ic_http1_step ic_http1_scan_input(struct ic_http1_scan *scan, const uint8_t *bytes, size_t len,
                                       size_t *head_len, unsigned *status);

/* Read one complete head.
 *  head    borrows: exactly the bytes up to and with the empty line; out lends from them
 *  out     written on success only
 *  status  written on failure: 400, 413, 417, 431, 501 or 505; answer with it and close
 *  IC_ERR_INPUT  malformed or not supported */
IC_NODISCARD enum ic_err ic_http1_request_parse(const uint8_t *head, size_t len,
                                                struct ic_http1_request *out, unsigned *status);

/* ---- reading a parsed request ---- */

/* Value of the field of that name (any case); NULL when there is none or more than one. */
const struct ic_http1_text *ic_http1_field_one(const struct ic_http1_request *request,
                                               const char *name);
/* How many fields have that name. */
size_t ic_http1_field_count(const struct ic_http1_request *request, const char *name);
/* One of the comma-separated elements of all fields of that name is the token (any case). */
bool ic_http1_list_has(const struct ic_http1_request *request, const char *name, const char *token);
/* Weight of a content coding by Accept-Encoding: 0 (not acceptable) to 1000. */
unsigned ic_http1_coding_weight(const struct ic_http1_request *request, const char *coding);
/* If-None-Match names this entity tag (quoted, strong), by weak comparison, or is "*". */
bool ic_http1_none_match_has(const struct ic_http1_request *request, const char *etag);
/* A media type without its parameters (any case). */
bool ic_http1_media_is(const struct ic_http1_text *value, const char *type);
bool ic_http1_text_is(const struct ic_http1_text *text, const char *expected);
/* Letters compared without case (ASCII). */
bool ic_http1_text_is_nocase(const struct ic_http1_text *text, const char *expected);
bool ic_http1_text_same_nocase(const struct ic_http1_text *a, const struct ic_http1_text *b);

/* ---- writing a response head ---- */

void ic_http1_write_status(struct ic_wr *w, unsigned status);
/* Value is text of our own: visible ASCII and spaces (asserted). */
void ic_http1_write_field(struct ic_wr *w, const char *name, const char *value);
void ic_http1_write_number(struct ic_wr *w, const char *name, uint64_t value);
/* The Date field. */
void ic_http1_write_date(struct ic_wr *w, int64_t unix_s);
void ic_http1_write_end(struct ic_wr *w);
/* Reason phrase of a status that this server sends; "Error" for others. */
const char *ic_http1_reason(unsigned status);

#endif
