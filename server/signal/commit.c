#include "signal/commit.h"

#include "signal/authority.h"
#include "signal/delivery.h"
#include "signal/knock.h"
#include "signal/roster.h"

struct judging {
    struct ic_hub *h;
    const struct ic_room *room;
    struct ic_seat *seat;
    struct ic_writing *writing;
    struct ic_commit_data data;
    enum ic_sig_refusal refusal;
};

static bool refuse(struct judging *j, enum ic_sig_refusal refusal)
{
    j->refusal = refusal;
    return false;
}

/* ---- authority and acts ---- */

static bool read_data(struct judging *j)
{
    struct ic_mls_span bytes = j->writing->change.authenticated_data;
    const struct ic_mlsgroup *group = ic_pool_at(&j->h->groups, j->room->group);
    const uint8_t *key = ic_mlsgroup_signature_key(group, j->seat->leaf);
    if (j->writing->change.committer != j->seat->leaf || key == NULL)
        return refuse(j, IC_SIG_REFUSED_NOT_ALLOWED);
    if (ic_commit_data_parse(bytes.at, bytes.len, &j->data) != IC_OK)
        return refuse(j, IC_SIG_REFUSED_INVALID);
    if (!j->data.has_authority)
        return j->data.act_count == 0 || refuse(j, IC_SIG_REFUSED_NOT_ALLOWED);
    if (!ic_authority_verify(&j->room->policy, &j->data.authority, key))
        return refuse(j, IC_SIG_REFUSED_NOT_ALLOWED);
    j->seat->has_authority = true; /* proved, whatever becomes of the commit */
    return true;
}

static bool judge_acts(struct judging *j)
{
    struct ic_writing *w = j->writing;
    w->is_locked = j->room->is_locked;
    w->generation = j->room->generation;
    for (size_t i = 0; i < j->data.act_count; i++) {
        const struct ic_act *act = &j->data.acts[i];
        switch (act->type) {
        case IC_ACT_LOCK:
            w->is_locked = act->is_locked;
            break;
        case IC_ACT_GENERATION:
            if (act->generation != w->generation + 1 || w->change.added_count > 0)
                return refuse(j, IC_SIG_REFUSED_INVALID);
            w->generation = act->generation;
            break;
        case IC_ACT_BAN: /* what a tag stands for, only members know */
            break;
        }
    }
    return true;
}

/* ---- who comes ---- */

static bool is_removed(const struct ic_mlsgroup_change *change, uint32_t leaf)
{
    for (uint32_t i = 0; i < change->removed_count; i++) {
        if (change->removed[i] == leaf)
            return true;
    }
    return false;
}

/* Somebody who is loaded again: the same commit takes the old leaf away. */
static bool is_reload(const struct judging *j, const struct ic_knock *knock)
{
    const struct ic_seat *old = ic_pool_at(&j->h->seats, knock->replaces);
    return old != NULL && old->state != IC_SEAT_OVER && is_removed(&j->writing->change, old->leaf);
}

static bool may_be_added(const struct judging *j, const struct ic_knock *knock)
{
    if (is_reload(j, knock) || knock->has_authority)
        return true;
    return !j->room->is_locked && (!ic_roster_has_lobby(j->room) || j->data.has_authority);
}

static bool judge_adds(struct judging *j)
{
    struct ic_writing *w = j->writing;
    const struct ic_mlsgroup_change *change = &w->change;
    if (change->added_count > 0 && change->psk_generation != j->room->generation)
        return refuse(j, IC_SIG_REFUSED_INVALID);
    for (uint32_t i = 0; i < change->added_count; i++) {
        struct ic_ref ref =
            ic_knock_of_package(j->h, j->room, change->added[i].keypackage.reference);
        const struct ic_knock *knock = ic_pool_at(&j->h->knocks, ref);
        if (knock == NULL || !may_be_added(j, knock))
            return refuse(j, IC_SIG_REFUSED_NOT_ALLOWED);
        w->knocks[i] = ref;
    }
    return true;
}

/* ---- who goes ---- */

bool ic_commit_replaces(const struct ic_hub *h, const struct ic_writing *writing,
                        struct ic_ref seat)
{
    for (uint32_t i = 0; i < writing->change.added_count; i++) {
        const struct ic_knock *knock = ic_pool_at(&h->knocks, writing->knocks[i]);
        if (knock != NULL && ic_ref_eq(knock->replaces, seat))
            return true;
    }
    return false;
}

/* The number of those who are not gone already goes to *alive. */
static bool judge_removes(struct judging *j, uint32_t *alive)
{
    const struct ic_mlsgroup_change *change = &j->writing->change;
    *alive = 0;
    for (uint32_t i = 0; i < change->removed_count; i++) {
        struct ic_ref ref;
        const struct ic_seat *seat = ic_roster_leaf(j->h, j->room, change->removed[i], &ref);
        if (seat == NULL || seat->state == IC_SEAT_GONE)
            continue;
        *alive += 1;
        if (!j->data.has_authority && !ic_commit_replaces(j->h, j->writing, ref))
            return refuse(j, IC_SIG_REFUSED_NOT_ALLOWED);
    }
    return true;
}

/* ---- the whole ---- */

static bool judge_welcome(struct judging *j, struct ic_mls_span welcome)
{
    const struct ic_mlsgroup_change *change = &j->writing->change;
    struct ic_mls_welcome parsed;
    bool is_fit = (change->added_count > 0) == (welcome.len > 0);
    if (is_fit && welcome.len > 0)
        is_fit = ic_mlsgroup_check_welcome(change, welcome.at, welcome.len, &parsed) == IC_OK;
    return is_fit || refuse(j, IC_SIG_REFUSED_INVALID);
}

static bool judge_room(struct judging *j, uint32_t going)
{
    uint32_t coming = j->writing->change.added_count;
    return coming == 0 || ic_roster_has_room(j->h, j->room, going, coming) ||
           refuse(j, IC_SIG_REFUSED_FULL);
}

bool ic_commit_judge(struct ic_hub *h, const struct ic_room *room, struct ic_seat *seat,
                     struct ic_mls_span welcome, struct ic_writing *writing,
                     enum ic_sig_refusal *refusal)
{
    struct judging j = {.h = h, .room = room, .seat = seat, .writing = writing};
    uint32_t going = 0;
    bool is_allowed = read_data(&j) && judge_acts(&j) && judge_adds(&j) &&
                      judge_removes(&j, &going) && judge_welcome(&j, welcome) &&
                      judge_room(&j, going);
    *refusal = j.refusal;
    return is_allowed;
}
