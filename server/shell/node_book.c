#include "shell/node_book.h"

#include <stdlib.h>
#include <string.h>

#include "cluster/node_logged.h"

#define ASKED_MAX IC_NODE_CLAIMS_MAX
#define ASK_MS    1000

struct ic_node_page {
    char names[IC_NODE_CLAIMS_MAX][IC_NODE_NAME_MAX + 1]; /* of leaves[i] */
    uint8_t leaves[IC_NODE_CLAIMS_MAX][IC_SHA256_LEN];
    struct ic_node_blocks blocks[IC_NODE_CLAIMS_MAX];
    struct {
        uint8_t leaf[IC_SHA256_LEN];
        struct ic_time again_at;
    } asked[ASKED_MAX]; /* a ring: whoever is forgotten is asked again */
};

enum ic_err ic_node_book_init(struct ic_node_book *b, const struct ic_data_dir *data,
                              const struct ic_dtls_credentials *credentials,
                              const struct ic_addr *addresses, size_t address_count)
{
    memset(b, 0, sizeof *b);
    ic_node_papers_init(&b->papers, data, credentials, addresses, address_count);
    b->pages = calloc(1, sizeof *b->pages);
    return b->pages == NULL ? IC_ERR_SYSTEM : IC_OK;
}

void ic_node_book_deinit(struct ic_node_book *b)
{
    ic_node_papers_deinit(&b->papers);
    free(b->pages);
    b->pages = NULL;
}

static struct ic_node_blocks blocks_of(const struct ic_node_cert *cert)
{
    struct ic_node_blocks blocks = {.count = cert->address_count};
    memcpy(blocks.list, cert->addresses, sizeof blocks.list);
    return blocks;
}

static void insert(struct ic_node_book *b, const struct ic_node_claim *claim, const char *name,
                   const struct ic_node_blocks *blocks)
{
    size_t at = b->count;
    memcpy(b->pages->leaves[at], claim->leaf, IC_SHA256_LEN);
    b->pages->blocks[at] = *blocks;
    memcpy(b->pages->names[at], name, strlen(name) + 1);
    b->claims[b->count++] = *claim;
    ic_node_claims_sort(b->claims, b->count);
}

/* Its place in the order of coming; count: it is not there. */
static size_t page_of(const struct ic_node_book *b, const uint8_t *leaf)
{
    size_t i = 0;
    while (i < b->count && memcmp(b->pages->leaves[i], leaf, IC_SHA256_LEN) != 0)
        i++;
    return i;
}

static const char *name_of(const struct ic_node_book *b, const uint8_t *leaf)
{
    size_t i = page_of(b, leaf);
    return i == b->count ? NULL : b->pages->names[i];
}

static bool has(const struct ic_node_book *b, const uint8_t *leaf)
{
    return name_of(b, leaf) != NULL;
}

/* Those of others, into a book that begins anew. */
static void copy_others(struct ic_node_book *to, const struct ic_node_book *from)
{
    bool is_same = memcmp(from->proved.set.operator_keys_sha256,
                          to->proved.set.operator_keys_sha256, IC_SHA256_LEN) == 0 &&
                   memcmp(from->proved.set.log_policy_sha256, to->proved.set.log_policy_sha256,
                          IC_SHA256_LEN) == 0;
    for (size_t i = 0; i < from->count && is_same && to->count < IC_NODE_CLAIMS_MAX; i++) {
        const struct ic_node_claim *claim = &from->claims[i];
        if (ic_node_set_claim_has(&to->proved.set, claim->leaf) && !has(to, claim->leaf))
            insert(to, claim, name_of(from, claim->leaf),
                   &from->pages->blocks[page_of(from, claim->leaf)]);
    }
}

enum ic_node_papers_state ic_node_book_load(struct ic_node_book *b, uint64_t now_s,
                                            char why[static IC_CONFIG_WHY_MAX])
{
    struct ic_node_book *next = calloc(1, sizeof *next);
    enum ic_node_papers_state state = IC_NODE_PAPERS_REFUSED;
    snprintf(why, IC_CONFIG_WHY_MAX, "There is not enough memory for the nodes' certificates.");
    if (next == NULL)
        return state;
    next->pages = calloc(1, sizeof *next->pages);
    next->papers = b->papers;
    next->papers.json = NULL;
    next->papers.files = NULL;
    if (next->pages != NULL)
        state = ic_node_papers_load(&next->papers, now_s, why);
    if (state == IC_NODE_PAPERS_GOOD && !ic_node_papers_proved(&next->papers, &next->proved))
        state = IC_NODE_PAPERS_REFUSED;
    if (state == IC_NODE_PAPERS_GOOD && b->is_proved &&
        next->proved.set.serial < b->proved.set.serial) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 IC_NODE_SET_FILE " (serial): it is older than the one that was in force. Put the "
                                  "newest one there.");
        state = IC_NODE_PAPERS_REFUSED;
    }
    if (state != IC_NODE_PAPERS_GOOD) {
        ic_node_book_deinit(next);
        free(next);
        return state;
    }
    next->is_proved = true;
    const struct ic_node_blocks own = blocks_of(&next->papers.cert);
    insert(next, &next->proved.self, next->proved.name, &own);
    if (b->is_proved)
        copy_others(next, b);
    ic_node_book_deinit(b);
    *b = *next;
    free(next);
    return state;
}

bool ic_node_book_wants(struct ic_node_book *b, struct ic_time now,
                        const uint8_t leaf[static IC_SHA256_LEN])
{
    if (!b->is_proved || b->count == IC_NODE_CLAIMS_MAX ||
        !ic_node_set_claim_has(&b->proved.set, leaf) || has(b, leaf))
        return false;
    for (size_t i = 0; i < ASKED_MAX; i++)
        if (memcmp(b->pages->asked[i].leaf, leaf, IC_SHA256_LEN) == 0 &&
            !ic_time_reached(b->pages->asked[i].again_at, now))
            return false;
    size_t at = b->asked_next++ % ASKED_MAX;
    memcpy(b->pages->asked[at].leaf, leaf, IC_SHA256_LEN);
    b->pages->asked[at].again_at = ic_time_add(now, IC_MS(ASK_MS));
    return true;
}

enum ic_node_reason ic_node_book_add(struct ic_node_book *b, const struct ic_part *cert,
                                     const struct ic_part *proof, uint64_t now_s)
{
    struct ic_merkle_hash leaf;
    struct ic_node_cert parsed;
    struct ic_node_claim claim;
    if (!b->is_proved || b->count == IC_NODE_CLAIMS_MAX)
        return IC_NODE_SYSTEM;
    if (ic_merkle_leaf(cert, 1, &leaf) != IC_OK)
        return IC_NODE_SYSTEM;
    if (!ic_node_set_claim_has(&b->proved.set, leaf.bytes))
        return IC_NODE_NOT_IN_SET;
    if (has(b, leaf.bytes))
        return IC_NODE_GOOD;
    enum ic_node_reason reason =
        ic_node_cert_open(cert->bytes, cert->len, b->proved.keys, now_s, &parsed);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_logged_check(proof, cert, b->proved.log_policy, now_s);
    if (reason != IC_NODE_GOOD)
        return reason;
    if (ic_node_claim_init(&claim, &parsed, leaf.bytes) != IC_OK)
        return IC_NODE_SYSTEM;
    claim.is_signed = claim.is_logged = true;
    const struct ic_node_blocks blocks = blocks_of(&parsed);
    insert(b, &claim, parsed.name, &blocks);
    return IC_NODE_GOOD;
}

static bool is_set_in_force(const struct ic_node_book *b, uint64_t now_s)
{
    const struct ic_node_set_claim *set = &b->proved.set;
    return b->is_proved && now_s >= set->not_before_s && now_s < set->not_after_s;
}

static bool is_in_force(const struct ic_node_claim *claim, uint64_t now_s)
{
    return now_s >= claim->not_before_s && now_s < claim->not_after_s;
}

const char *ic_node_book_name(const struct ic_node_book *b,
                              const uint8_t node[static IC_NODE_ID_LEN], uint64_t now_s)
{
    if (!is_set_in_force(b, now_s))
        return NULL;
    for (size_t i = 0; i < b->count; i++) {
        const struct ic_node_claim *claim = &b->claims[i];
        if (memcmp(claim->node, node, IC_NODE_ID_LEN) == 0 && is_in_force(claim, now_s))
            return name_of(b, claim->leaf);
    }
    return NULL;
}

/* ---- where people may be sent ---- */

struct place {
    const char *name;
    bool is_abroad, is_before; /* this node, by country and by name */
};

static bool is_ahead(const struct place *a, const struct place *b)
{
    if (a->is_abroad != b->is_abroad)
        return b->is_abroad;
    if (a->is_before != b->is_before)
        return b->is_before;
    return strcmp(a->name, b->name) < 0;
}

/* Sorted; a node that is there already, by another certificate, comes in once. */
static size_t add_place(struct place *places, size_t count, const struct place *place)
{
    size_t at = count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(places[i].name, place->name) == 0)
            return count;
    if (count == IC_NODES_MAX)
        return count;
    for (; at > 0 && is_ahead(place, &places[at - 1]); at--)
        places[at] = places[at - 1];
    places[at] = *place;
    return count + 1;
}

size_t ic_node_book_names(const struct ic_node_book *b, uint64_t now_s,
                          const char *names[static IC_NODES_MAX])
{
    static const uint8_t roles = IC_NODE_ROLE_SIGNAL | IC_NODE_ROLE_MEDIA;
    const struct ic_node_claim *self = &b->proved.self;
    struct place places[IC_NODES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < b->count && is_set_in_force(b, now_s); i++) {
        const struct ic_node_claim *claim = &b->claims[i];
        if (!is_in_force(claim, now_s) || (claim->roles & roles) != roles)
            continue;
        struct place place = {.name = name_of(b, claim->leaf)};
        place.is_abroad = memcmp(claim->country, self->country, sizeof self->country) != 0;
        place.is_before = strcmp(place.name, b->proved.name) <= 0;
        count = add_place(places, count, &place);
    }
    bool is_alone = count == 1 && strcmp(places[0].name, b->proved.name) == 0;
    for (size_t i = 0; i < count && !is_alone; i++)
        names[i] = places[i].name;
    return is_alone ? 0 : count;
}

/* ---- with whom media may be relayed ---- */

size_t ic_node_book_peers(const struct ic_node_book *b, uint64_t now_s,
                          struct ic_node_peer out[static IC_NODE_CLAIMS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < b->count && is_set_in_force(b, now_s); i++) {
        const struct ic_node_claim *claim = &b->claims[i];
        bool is_self = memcmp(claim->node, b->proved.self.node, IC_NODE_ID_LEN) == 0;
        if (is_self || !is_in_force(claim, now_s) || (claim->roles & IC_NODE_ROLE_RELAY) == 0)
            continue;
        size_t page = page_of(b, claim->leaf);
        struct ic_node_peer *peer = &out[count++];
        memset(peer, 0, sizeof *peer);
        memcpy(peer->node, claim->node, sizeof peer->node);
        memcpy(peer->fingerprint, claim->fingerprint, sizeof peer->fingerprint);
        memcpy(peer->name, b->pages->names[page], strlen(b->pages->names[page]));
        peer->blocks = b->pages->blocks[page];
    }
    return count;
}

const struct ic_node_prefix *ic_node_blocks_single(const struct ic_node_blocks *blocks)
{
    for (size_t i = 0; i < blocks->count; i++)
        if (blocks->list[i].bits == 128)
            return &blocks->list[i];
    return NULL;
}

bool ic_node_book_is_called(const struct ic_node_book *b, uint64_t now_s)
{
    for (size_t i = 0; i < b->count && is_set_in_force(b, now_s); i++) {
        const struct ic_node_claim *claim = &b->claims[i];
        bool is_self = memcmp(claim->node, b->proved.self.node, IC_NODE_ID_LEN) == 0;
        if (is_self && is_in_force(claim, now_s) &&
            ic_node_blocks_single(&b->pages->blocks[page_of(b, claim->leaf)]) != NULL)
            return true;
    }
    return false;
}
