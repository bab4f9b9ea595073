/* What `incamera drain` asks of the running node, and what is said to that. Pure: bytes and words.
 *
 * A request is 7 bytes, numbers in network order: version 1; kind 1: drain; form 0: words, 1: JSON;
 * uint32 seconds to wait. An answer is lines of UTF-8, each with a mark in front: */
#ifndef IC_SHELL_DRAIN_H
#define IC_SHELL_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cluster/place_reason.h"

#define IC_DRAIN_GOES_ON '.' /* another line follows */
#define IC_DRAIN_DONE    '+' /* nobody is left */
#define IC_DRAIN_OVER    '!' /* the time is over, and what is left */

#define IC_DRAIN_REQUEST_LEN 7
#define IC_DRAIN_LINE_MAX    512 /* bytes, with mark and line feed */
#define IC_DRAIN_SECONDS_MAX 86400

struct ic_drain_request {
    bool is_json;
    uint32_t seconds; /* 1 to IC_DRAIN_SECONDS_MAX */
};

/*  IC_ERR_INPUT  not a request; out untouched */
IC_NODISCARD enum ic_err ic_drain_request_parse(const uint8_t *bytes, size_t len,
                                                struct ic_drain_request *out);
void ic_drain_request_write(const struct ic_drain_request *request,
                            uint8_t out[static IC_DRAIN_REQUEST_LEN]);

/* How far it is. */
struct ic_drain_state {
    bool is_alone;               /* meetings cannot go anywhere: they end here */
    uint32_t people;             /* on this node */
    uint32_t guests;             /* of other nodes' meetings, whose media are here */
    uint32_t meetings;           /* that are here still */
    uint32_t moving;             /* that are another node's, and whose people are on their way */
    uint32_t moved;              /* since it began; those on their way included */
    enum ic_place_reason reason; /* why one could not go; GOOD: it has not been tried yet */
};

/* The line for it, with mark and line feed; returns its length.
 *  is_over  the time that was asked for; nobody is left counts before that */
size_t ic_drain_line(const struct ic_drain_state *state, const struct ic_drain_request *request,
                     bool is_over, char out[static IC_DRAIN_LINE_MAX]);

#endif
