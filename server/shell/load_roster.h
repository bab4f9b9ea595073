/* Whose SFrame key is whose in a load test. Each member holds the keys of some epochs of its group,
 * the newest and a few before it, as browsers do (docs/protocol/encryption.md 9); and each says
 * which numbers its own keys have. */
#ifndef IC_SHELL_LOAD_ROSTER_H
#define IC_SHELL_LOAD_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IC_LOAD_BASE_KEY_LEN 16
#define IC_LOAD_NOBODY       UINT32_MAX /* in the place of a member's number */
#define IC_LOAD_EPOCHS_HELD  4

/* Of one member; zeroed: none. */
struct ic_load_keys {
    struct {
        uint64_t epoch;
        uint8_t base_key[IC_LOAD_BASE_KEY_LEN];
    } held[IC_LOAD_EPOCHS_HELD]; /* the newest last */
    size_t count;
    uint64_t first; /* epoch: nothing before it was ever held */
};

/* A newer epoch; the oldest one may be forgotten. */
void ic_load_keys_add(struct ic_load_keys *k, uint64_t epoch, const uint8_t *base_key);
/* The base key of a frame with this key number, and its epoch: that of the newest 16 which the
 * number can mean. NULL: it is not held, or not yet. */
const uint8_t *ic_load_keys_find(const struct ic_load_keys *k, uint64_t kid, uint64_t *epoch);
/* It is of an epoch before this member's first one (one up to 8 behind the newest is meant). */
bool ic_load_keys_is_before(const struct ic_load_keys *k, uint64_t kid);
void ic_load_keys_wipe(struct ic_load_keys *k);

/* Of all members: what they say of their own. */
struct ic_load_owner {
    uint64_t epoch, kid;
    uint32_t member;
};

struct ic_load_roster {
    struct ic_load_owner *owners; /* a ring */
    size_t cap, count, next;
};

/*  cap  numbers that are remembered; then the oldest is forgotten
 *  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_load_roster_init(struct ic_load_roster *r, size_t cap);
void ic_load_roster_deinit(struct ic_load_roster *r);
void ic_load_roster_add(struct ic_load_roster *r, uint64_t epoch, uint64_t kid, uint32_t member);
/* False: it is nobody's. */
bool ic_load_roster_find(const struct ic_load_roster *r, uint64_t epoch, uint64_t kid,
                         uint32_t *member);

#endif
