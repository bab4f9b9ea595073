/* A meeting made with another implementation (tests/vectors/mls_incamera): its commits one after
 * the other, and what the public group must be after each. */
#ifndef IC_TESTS_MLS_HISTORY_H
#define IC_TESTS_MLS_HISTORY_H

#include "support/mls_vectors.h"

#include "signal/mlsgroup.h"

struct history {
    struct vectors v; /* cases: the steps */
    json_t *root;
    uint64_t now_s;
    uint8_t meeting[IC_MEETING_ID_LEN];
    struct ic_mlsgroup *group, *next;
    struct ic_mlsgroup_change change;
    enum ic_mlsgroup_fault fault;
};

static inline void history_begin(struct history *h)
{
    static const char name[] = "mls_incamera/history.json";
    const char *other = getenv("IC_MLS_HISTORY"); /* a longer one, made for the occasion */
    memset(h, 0, sizeof *h);
    h->root =
        json_load_file(other != NULL ? other : IC_VECTORS "/mls_incamera/history.json", 0, NULL);
    assert_non_null(h->root);
    h->v = (struct vectors){.name = name, .cases = json_object_get(h->root, "steps")};
    json_incref(h->v.cases);
    h->now_s = (uint64_t)number_at(h->root, "now");
    h->group = malloc(sizeof *h->group);
    h->next = malloc(sizeof *h->next);
    assert_true(h->group != NULL && h->next != NULL);
    struct ic_mls_span meeting = bytes_at(h->root, "meeting");
    struct ic_mls_span info = bytes_at(h->root, "group_info");
    assert_int_equal(meeting.len, sizeof h->meeting);
    memcpy(h->meeting, meeting.at, meeting.len);
    assert_int_equal(ic_mlsgroup_create(h->group, h->meeting, info.at, info.len, &h->fault), IC_OK);
    bytes_free(meeting);
    bytes_free(info);
}

static inline void history_end(struct history *h)
{
    vectors_end(&h->v, NULL);
    json_decref(h->root);
    free(h->group);
    free(h->next);
}

/* It is as late as when the step was made. */
static inline void history_clock(struct history *h, const json_t *step)
{
    h->now_s = (uint64_t)number_at(step, "now");
}

/* Work off a commit that must be right. The message is freed: nothing of it may be needed later. */
static inline void history_step(struct history *h, const json_t *step)
{
    struct ic_mls_span commit = bytes_at(step, "commit");
    history_clock(h, step);
    enum ic_err err = ic_mlsgroup_check(h->group, commit.at, commit.len, h->now_s, h->next,
                                        &h->change, &h->fault);
    if (err != IC_OK)
        fail_msg("step %zu is refused: %d, fault %d", h->v.ran, err, h->fault);
    bytes_free(commit);
    h->change.authenticated_data = (struct ic_mls_span){0};
    struct ic_mlsgroup *old = h->group;
    h->group = h->next;
    h->next = old;
    h->v.ran++;
}

/* The number of a fault that the fixture names. */
static inline enum ic_mlsgroup_fault history_fault(const char *name)
{
    static const char *const names[] = {
        [IC_MLSGROUP_FINE] = "FINE",
        [IC_MLSGROUP_MALFORMED] = "MALFORMED",
        [IC_MLSGROUP_NO_COMMIT] = "NO_COMMIT",
        [IC_MLSGROUP_OTHER] = "OTHER",
        [IC_MLSGROUP_EPOCH] = "EPOCH",
        [IC_MLSGROUP_SENDER] = "SENDER",
        [IC_MLSGROUP_SIGNATURE] = "SIGNATURE",
        [IC_MLSGROUP_PROPOSAL] = "PROPOSAL",
        [IC_MLSGROUP_PSK] = "PSK",
        [IC_MLSGROUP_KEYPACKAGE] = "KEYPACKAGE",
        [IC_MLSGROUP_LIFETIME] = "LIFETIME",
        [IC_MLSGROUP_KEYS] = "KEYS",
        [IC_MLSGROUP_PATH] = "PATH",
        [IC_MLSGROUP_LEAF] = "LEAF",
        [IC_MLSGROUP_CONTEXT] = "CONTEXT",
        [IC_MLSGROUP_FULL] = "FULL",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0)
            return (enum ic_mlsgroup_fault)i;
    }
    fail_msg("no fault %s", name);
    return IC_MLSGROUP_SYSTEM;
}

#endif
