/* Heads of our answers: the fields that depend on the answer, and those that every answer has. */
#ifndef IC_SHELL_WEB_REPLY_H
#define IC_SHELL_WEB_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wr.h"

/* An answer's head. Texts are our own. */
struct ic_web_reply {
    unsigned status;
    const char *content_type; /* NULL: no content */
    size_t content_length;
    const char *cache_control; /* NULL: no-store */
    const char *etag;          /* NULL: none; with it goes Vary: Accept-Encoding */
    const char *coding;        /* NULL: identity */
    const char *allow;         /* 405 */
    const char *location;
    uint32_t retry_after_s; /* 0: none */
    bool is_upgrade_hint;   /* 426 */
    bool is_last;           /* Connection: close */
    const char *security_policy;
    bool is_shared;        /* pages of other origins may read it: Vary: Origin */
    const char *reader;    /* the one that may; NULL: none */
    const char *preflight; /* methods that it may use; NULL: it has not asked */
    bool is_hsts;          /* served by TLS with a certificate that browsers trust */
};

void ic_web_reply_write(struct ic_wr *w, const struct ic_web_reply *reply, int64_t unix_s);
/* RFC 9457: the JSON text of a problem. code is for programs, detail for people. */
void ic_web_reply_write_problem(struct ic_wr *w, unsigned status, const char *code,
                                const char *detail);

#endif
