/* The one maker of eligible nodes. First the ways in which the selectors of other servers leave the
 * region, by name; then each rule. */
#include "unit/cluster_region.h"

static struct region world;

/* ---- a hash and a memory that fail, assertions that are met (linked with --wrap) ---- */

static bool hash_fails, memory_fails;
static jmp_buf asserted;

_Noreturn void __wrap_ic_assert_fail(const char *condition, const char *file, int line);

_Noreturn void __wrap_ic_assert_fail(const char *condition, const char *file, int line)
{
    (void)condition;
    (void)file;
    (void)line;
    longjmp(asserted, 1);
}

enum ic_err __real_ic_hash_sha256(const struct ic_part *parts, size_t count, uint8_t *out);
enum ic_err __wrap_ic_hash_sha256(const struct ic_part *parts, size_t count, uint8_t *out);
void *__real_ic_array_alloc(size_t count, size_t item_size);
void *__wrap_ic_array_alloc(size_t count, size_t item_size);

enum ic_err __wrap_ic_hash_sha256(const struct ic_part *parts, size_t count, uint8_t *out)
{
    return hash_fails ? IC_ERR_SYSTEM : __real_ic_hash_sha256(parts, count, out);
}

void *__wrap_ic_array_alloc(size_t count, size_t item_size)
{
    return memory_fails ? NULL : __real_ic_array_alloc(count, item_size);
}

static int begin(void **state)
{
    region_init(&world);
    *state = &world;
    return 0;
}

static int end(void **state)
{
    (void)state;
    region_deinit(&world);
    return 0;
}

/* Whatever the reason, there is nobody to choose, whoever chooses. */
static void assert_none(struct region *r, enum ic_place_reason got, enum ic_place_reason expected)
{
    const struct ic_eligible *out[4];
    uint8_t id[IC_NODE_ID_LEN];
    region_id("us1.example", id);
    assert_string_equal(ic_place_reason_word(got), ic_place_reason_word(expected));
    assert_int_equal(ic_eligible_reason(r->list, r->now), expected);
    assert_int_equal(ic_eligible_count(r->list, r->now), 0);
    assert_null(ic_eligible_at(r->list, 0, r->now));
    assert_null(ic_eligible_list_policy(r->list));
    assert_int_equal(ic_eligible_list_max_hops(r->list), 0);
    assert_null(ic_select_least_load(r->list, r->now));
    assert_null(ic_select_sticky(r->list, id, r->now));
    assert_null(ic_select_nearest(r->list, "US", 2, r->now));
    assert_null(ic_select_nearest(r->list, "", 0, r->now));
    assert_int_equal(ic_select_failover(r->list, id, r->now, out, 4), 0);
}

static void without_self(struct region *r)
{
    ic_leases_set_load(&r->leases, (struct ic_node_load){.is_draining = true});
}

/* As if there were no other node. */
static void only(struct region *r, const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    r->facts.claim_count = 0;
    for (size_t i = 0; i < r->claim_count; i++) {
        if (memcmp(r->claims[i].node, id, sizeof id) != 0)
            continue;
        if (r->facts.claim_count++ == 0)
            r->facts.claims = &r->claims[i];
    }
}

/* ---- how others leave the region ---- */

/* Jicofo, RegionBasedBridgeSelectionStrategy: behind notLoadedInRegion stands notLoaded(any), and
 * behind that leastLoaded(any). LiveKit, RegionAwareSelector: loaded nodes are taken out first, and
 * what is left is "the nearest". An idle node abroad is the bait. */
static void jitsi_and_livekit_all_nodes_of_the_region_loaded(void **state)
{
    struct region *r = *state;
    ic_leases_set_load(&r->leases, (struct ic_node_load){.people = 100, .people_max = 100});
    region_node(r, "fr1.example", "FR", 100);
    region_node(r, "us1.example", "US", 0);
    region_node(r, "ch1.example", "CH", 0);
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NO_CAPACITY_IN_REGION);
    assert_true(ic_place_reason_may_pass(IC_PLACE_NO_CAPACITY_IN_REGION));
    region_beat(r, "fr1.example", "FR", 99); /* somebody left */
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_int_equal(ic_eligible_count(r->list, r->now), 1);
    assert_true(region_has(r, "fr1.example"));
}

static void jitsi_and_livekit_no_node_in_the_region(void **state)
{
    struct region *r = *state;
    region_policy(r, "JP");
    region_node(r, "us1.example", "US", 0);
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NO_NODE_IN_REGION);
    r->facts.claim_count = 0; /* and none at all */
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NO_NODE_IN_REGION);
}

/* Jicofo falls to leastLoaded(any), LiveKit keeps every node when it does not know where somebody
 * is. Here that says only which node of the region is taken. */
static void jitsi_and_livekit_region_of_the_participant_unknown(void **state)
{
    static const char *const regions[] = {"", "Z", "ZZ", "US", "de", "DEU", "\xff\xff"};
    struct region *r = *state;
    without_self(r);
    region_node(r, "fr1.example", "FR", 90);
    region_node(r, "us1.example", "US", 0);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
        const struct ic_eligible *e =
            ic_select_nearest(r->list, regions[i], strlen(regions[i]), r->now);
        assert_non_null(e);
        assert_memory_equal(ic_eligible_country(e), "FR", 2);
    }
}

/* LiveKit: the nearest region that is left. Switzerland is nearer to Germany than anything. */
static void livekit_only_the_nearest_remaining_region(void **state)
{
    struct region *r = *state;
    region_policy(r, "DE");
    without_self(r);
    region_node(r, "ch1.example", "CH", 0);
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_DRAINING);
    r->now = ic_time_add(r->now, IC_SEC(3));
    region_beat(r, "ch1.example", "CH", 0);
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_DRAINING);
}

static void region_is_the_empty_string(void **state)
{
    static const char *const countries[] = {"", "D", "de", "EU", "ZZ", "D E", "\xc3\x9f"};
    struct region *r = *state;
    region_policy(r, "DEEUZZ"); /* a policy may name what is no country: nobody is there */
    without_self(r);
    region_node(r, "odd1.example", "DE", 0);
    for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++) {
        struct ic_node_claim *c = region_claim(r, "odd1.example", 1);
        memset(c->country, 0, sizeof c->country);
        memcpy(c->country, countries[i], strlen(countries[i]) < 3 ? strlen(countries[i]) : 2);
        (void)!region_filter(r, IC_PLACE_NEW);
        assert_false(region_has(r, "odd1.example"));
        assert_int_equal(region_filter(r, IC_PLACE_STAY), IC_PLACE_GOOD); /* de1 */
        assert_false(region_has(r, "odd1.example"));
    }
    only(r, "odd1.example");
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_REGION_UNKNOWN);
}

static void node_registers_again_with_another_country(void **state)
{
    struct region *r = *state;
    without_self(r);
    region_node(r, "fr1.example", "FR", 0);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    region_beat_as(r, "fr1.example", 1, "US", 7, (struct ic_node_load){.people_max = 10});
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_DRAINING); /* de1 got furthest */
    only(r, "fr1.example");
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_REGION_CONFLICT);
    assert_none(r, region_filter(r, IC_PLACE_RELAY), IC_PLACE_REGION_CONFLICT);
}

/* Two certificates in force: neither of them counts, for whatever purpose. */
static void two_certificates_name_two_countries(void **state)
{
    struct region *r = *state;
    region_policy(r, "FR");
    region_node(r, "fr1.example", "FR", 0);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    region_certify(r, "fr1.example", 2, "US");
    only(r, "fr1.example");
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_REGION_CONFLICT);
    assert_none(r, region_filter(r, IC_PLACE_STAY), IC_PLACE_REGION_CONFLICT);
    r->set.leaf_count = 0; /* a set without the second one, and then the other way round */
    for (uint64_t serial = 1; serial <= 2; serial++) {
        memcpy(r->leaves[0].bytes, region_claim(r, "fr1.example", serial)->leaf, IC_SHA256_LEN);
        r->set.leaf_count = 1;
        enum ic_place_reason reason = region_filter(r, IC_PLACE_STAY);
        assert_int_equal(reason, serial == 1 ? IC_PLACE_GOOD : IC_PLACE_NO_NODE_IN_REGION);
    }
}

/* A renewal: two certificates, one country. The one that the node serves with counts. */
static void two_certificates_of_one_country_are_a_renewal(void **state)
{
    struct region *r = *state;
    region_policy(r, "FR");
    region_node(r, "fr1.example", "FR", 0);
    region_certify(r, "fr1.example", 2, "FR");
    for (uint64_t serial = 1; serial <= 2; serial++) {
        region_beat_as(r, "fr1.example", serial, "FR", 7, (struct ic_node_load){.people_max = 10});
        assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
        const struct ic_eligible *e = ic_eligible_at(r->list, 0, r->now);
        assert_int_equal(ic_eligible_count(r->list, r->now), 1);
        assert_memory_equal(ic_eligible_fingerprint(e),
                            region_claim(r, "fr1.example", serial)->fingerprint, 32);
    }
    region_beat_as(r, "fr1.example", 3, "FR", 7, (struct ic_node_load){.people_max = 10});
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_CERTIFICATE_OTHER);
}

/* Groups in a certificate are for people: an American node in "EU EEA" is in America. */
static void node_added_to_the_wrong_group(void **state)
{
    struct region *r = *state;
    struct ic_node_cert cert = {
        .country = "US",
        .name = "us1.example",
        .groups = 1 << IC_COUNTRY_EU | 1 << IC_COUNTRY_EEA,
        .roles = IC_NODE_ROLE_MEDIA,
        .not_before_s = REGION_DATE - 1,
        .not_after_s = REGION_DATE + REGION_WEEK,
    };
    without_self(r);
    uint8_t leaf[IC_SHA256_LEN] = {9};
    struct ic_node_claim *claim = &r->claims[r->claim_count++];
    assert_int_equal(ic_node_claim_init(claim, &cert, leaf), IC_OK);
    claim->is_signed = claim->is_logged = true;
    region_publish(r);
    (void)!region_filter(r, IC_PLACE_STAY);
    assert_false(region_has(r, "us1.example"));
    assert_true(region_has(r, "de1.example"));
}

static void a_single_node_is_no_way_around_the_policy(void **state)
{
    struct region *r = *state;
    r->facts.is_alone = true; /* and nobody has heard it */
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_true(ic_eligible_is_self(ic_eligible_at(r->list, 0, r->now)));
    region_policy(r, "FR");
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NO_NODE_IN_REGION);
    r->policy.bytes = NULL;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_POLICY_MISSING);
    region_policy(r, "DE");
    r->facts.set = NULL;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NODE_SET_MISSING);
}

/* Jicofo: stress reports are 5 to 10 s old, and a burst of joins goes where they say "empty". */
static void load_numbers_are_old_during_a_burst_of_joins(void **state)
{
    struct region *r = *state;
    uint8_t id[IC_NODE_ID_LEN];
    without_self(r);
    region_node(r, "fr1.example", "FR", 95);
    region_id("fr1.example", id);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
        ic_leases_reserve(&r->leases, id, true);
    }
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NO_CAPACITY_IN_REGION);
    region_beat(r, "fr1.example", "FR", 95); /* they are still on their way */
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NO_CAPACITY_IN_REGION);
    region_beat(r, "fr1.example", "FR", 95); /* they did not come */
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
}

static void a_node_says_zero_after_a_crash(void **state)
{
    static const struct ic_node_load zero = {.people_max = 100, .videos_max = 50};
    struct region *r = *state;
    without_self(r);
    region_node(r, "fr1.example", "FR", 90);
    r->now = ic_time_add(r->now, IC_SEC(1));
    region_beat_as(r, "fr1.example", 1, "FR", 8, zero);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_int_equal(ic_eligible_room(ic_eligible_at(r->list, 0, r->now)), 10);
    r->now = ic_time_add(r->now, IC_MS(IC_LEASE_WARM_MS));
    region_beat_as(r, "fr1.example", 1, "FR", 8, zero);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_int_equal(ic_eligible_room(ic_eligible_at(r->list, 0, r->now)), 100);
}

/* ---- the policy and the set ---- */

static void a_policy_that_is_missing_cut_or_longer_denies(void **state)
{
    struct region *r = *state;
    struct ic_place_policy whole = r->policy;
    r->facts.is_alone = true;
    for (size_t len = 0; len < whole.len; len++) {
        r->policy.len = len;
        assert_none(r, region_filter(r, IC_PLACE_NEW),
                    len == 0 ? IC_PLACE_POLICY_MISSING : IC_PLACE_POLICY_MALFORMED);
    }
    r->policy_bytes[whole.len] = 0;
    r->policy.len = whole.len + 1;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_POLICY_MALFORMED);
    r->policy = whole;
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    r->policy.bytes = NULL;
    assert_none(r, region_filter(r, IC_PLACE_STAY), IC_PLACE_POLICY_MISSING);
}

/* Any node would satisfy a policy of nobody. */
static void a_policy_without_operator_or_log_denies(void **state)
{
    struct region *r = *state;
    r->facts.is_alone = true;
    for (size_t i = 0; i < 2; i++) {
        region_policy(r, "DEFR");
        assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
        uint8_t *hashes = &r->policy_bytes[1 + 16 + 16 + 2 + 4];
        assert_int_equal(ic_hash_sha256(NULL, 0, &hashes[i * IC_SHA256_LEN]), IC_OK);
        assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_POLICY_MALFORMED);
    }
}

static void another_policy_than_was_named_denies(void **state)
{
    struct region *r = *state;
    uint8_t sha256[IC_SHA256_LEN];
    r->facts.is_alone = true;
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    memcpy(sha256, ic_eligible_list_policy(r->list), sizeof sha256);
    assert_int_equal(ic_eligible_list_max_hops(r->list), 2);
    r->policy.sha256 = sha256;
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    region_policy(r, "DEFRUS"); /* somebody has made it wider */
    r->policy.sha256 = sha256;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_POLICY_MISMATCH);
    hash_fails = true;
    enum ic_place_reason reason = region_filter(r, IC_PLACE_NEW);
    hash_fails = false;
    assert_none(r, reason, IC_PLACE_SYSTEM);
}

static void a_set_that_is_not_in_force_denies(void **state)
{
    struct region *r = *state;
    const struct ic_node_set_claim good = r->set;
    r->facts.is_alone = true;
    r->set.is_signed = false;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NODE_SET_UNPROVEN);
    r->set = good;
    r->set.is_logged = false;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NODE_SET_UNPROVEN);
    r->set = good;
    r->set.not_before_s = REGION_DATE + 1;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NODE_SET_EXPIRED);
    r->set = good;
    r->set.not_after_s = REGION_DATE + IC_NODE_CERT_MARGIN_S;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NODE_SET_EXPIRED);
    r->set = good;
    r->set.not_after_s = REGION_DATE;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NODE_SET_EXPIRED);
    r->set = good;
    r->set.serial = 4;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NODE_SET_SERIAL);
    r->set = good;
    r->set.operator_keys_sha256[31] ^= 1;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_OPERATOR_MISMATCH);
    r->set = good;
    r->set.log_policy_sha256[31] ^= 1;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_LOG_MISMATCH);
    r->set = good;
    r->set.leaf_count = 0;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NOT_IN_SET);
    r->set = good;
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
}

/* ---- a certificate ---- */

static void a_certificate_that_is_not_in_force_denies(void **state)
{
    struct region *r = *state;
    struct ic_node_claim *c = region_claim(r, "de1.example", 1);
    const struct ic_node_claim good = *c;
    r->facts.is_alone = true;
    c->is_signed = false;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_CERTIFICATE_UNPROVEN);
    *c = good;
    c->is_logged = false;
    assert_none(r, region_filter(r, IC_PLACE_STAY), IC_PLACE_CERTIFICATE_UNPROVEN);
    *c = good;
    c->effective_s = REGION_DATE + 1; /* logged, but the operator's delay runs */
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_CERTIFICATE_UNPROVEN);
    *c = good;
    c->not_before_s = REGION_DATE + 1;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_CERTIFICATE_EXPIRED);
    *c = good;
    c->not_after_s = REGION_DATE + IC_NODE_CERT_MARGIN_S;
    assert_none(r, region_filter(r, IC_PLACE_STAY), IC_PLACE_CERTIFICATE_EXPIRED);
    c->not_after_s = REGION_DATE + IC_NODE_CERT_MARGIN_S + 1;
    assert_int_equal(region_filter(r, IC_PLACE_STAY), IC_PLACE_GOOD);
    *c = good;
    c->roles = IC_NODE_ROLE_RELAY | IC_NODE_ROLE_SIGNAL;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_ROLE);
    assert_int_equal(region_filter(r, IC_PLACE_RELAY), IC_PLACE_GOOD);
    *c = good;
    c->roles = IC_NODE_ROLE_MEDIA;
    assert_none(r, region_filter(r, IC_PLACE_RELAY), IC_PLACE_ROLE);
    *c = good;
    assert_int_equal(region_filter(r, IC_PLACE_RELAY), IC_PLACE_GOOD);
}

/* The clock was set back by an hour and the certificate has ended meanwhile; or forward, and it
 * has not begun. At both ends of what the time may be, it has to be valid. */
static void a_clock_that_jumps_denies(void **state)
{
    struct region *r = *state;
    struct ic_node_claim *c = region_claim(r, "de1.example", 1);
    struct ic_date_guard guard = ic_date_guard_init(r->now, REGION_DATE);
    struct ic_time later = ic_time_add(r->now, IC_SEC(100));
    r->facts.is_alone = true;
    r->set.not_before_s = REGION_DATE - REGION_WEEK;
    c->not_after_s = REGION_DATE + 150; /* 50 s left: less than the margin */
    r->facts.date = ic_date_guard_span(&guard, later, REGION_DATE - 3600);
    assert_none(r, region_filter(r, IC_PLACE_STAY), IC_PLACE_CERTIFICATE_EXPIRED);
    c->not_after_s = REGION_DATE + REGION_WEEK;
    c->not_before_s = c->effective_s = REGION_DATE + 1000;
    r->facts.date = ic_date_guard_span(&guard, later, REGION_DATE + 3600);
    assert_none(r, region_filter(r, IC_PLACE_STAY), IC_PLACE_CERTIFICATE_UNPROVEN);
    c->not_before_s = c->effective_s = REGION_DATE;
    assert_int_equal(region_filter(r, IC_PLACE_STAY), IC_PLACE_GOOD);
}

/* It was wrong at the start. Once it has run beside the monotonic one for long enough, the start is
 * forgotten; until then both count, and a clock that is set again begins anew. */
static void a_clock_that_was_put_right_is_believed(void **state)
{
    struct region *r = *state;
    uint64_t wrong = REGION_DATE - 40000000, agree_s = IC_DATE_AGREE_MS / 1000;
    struct ic_date_guard guard = ic_date_guard_init(r->now, wrong);
    for (uint64_t s = 1; s <= 2 * agree_s + 1; s++) {
        struct ic_time at = ic_time_add(r->now, IC_SEC(s));
        bool is_set_again = s == agree_s; /* just before it would have been believed */
        ic_date_guard_input(&guard, at, REGION_DATE + s + (is_set_again ? 5 : 0));
        struct ic_date_span span = ic_date_guard_span(&guard, at, REGION_DATE + s);
        assert_true(span.to_s == REGION_DATE + s);
        assert_true(span.from_s == (s <= 2 * agree_s ? wrong + s : REGION_DATE + s));
    }
    for (uint64_t s = 2 * agree_s + 2; s < 2 * agree_s + 100; s++) { /* and it jumps for a while */
        struct ic_time at = ic_time_add(r->now, IC_SEC(s));
        ic_date_guard_input(&guard, at, REGION_DATE + s + 3600);
        struct ic_date_span span = ic_date_guard_span(&guard, at, REGION_DATE + s + 3600);
        assert_true(span.from_s == REGION_DATE + s && span.to_s == REGION_DATE + s + 3600);
    }
}

static void the_configuration_removes_at_once_and_adds_nothing(void **state)
{
    struct region *r = *state;
    r->facts.is_alone = true;
    r->facts.removed_count = 2;
    region_id("us1.example", r->removed[0]);
    region_id("de1.example", r->removed[1]);
    assert_none(r, region_filter(r, IC_PLACE_STAY), IC_PLACE_REMOVED);
    r->facts.removed_count = 1;
    assert_int_equal(region_filter(r, IC_PLACE_STAY), IC_PLACE_GOOD);
    assert_false(region_has(r, "us1.example"));
}

/* ---- leases ---- */

static void a_node_is_there_for_three_seconds(void **state)
{
    struct region *r = *state;
    without_self(r);
    region_certify(r, "fr1.example", 1, "FR"); /* never heard */
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_LEASE_EXPIRED);
    region_beat(r, "fr1.example", "FR", 0);
    r->now = ic_time_add(r->now, IC_US(2999999));
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    r->now = ic_time_add(r->now, IC_US(1)); /* and the list itself is no older than the lease */
    assert_int_equal(ic_eligible_reason(r->list, r->now), IC_PLACE_LEASE_EXPIRED);
    assert_int_equal(ic_eligible_count(r->list, r->now), 0);
    assert_null(ic_select_least_load(r->list, r->now));
    assert_false(region_has(r, "fr1.example"));
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_LEASE_EXPIRED);
    assert_none(r, region_filter(r, IC_PLACE_RELAY), IC_PLACE_LEASE_EXPIRED);
    assert_int_equal(region_filter(r, IC_PLACE_STAY), IC_PLACE_GOOD); /* who is there, stays */
    assert_true(region_has(r, "fr1.example"));
}

static void a_node_that_cannot_renew_takes_nobody(void **state)
{
    struct region *r = *state;
    static struct ic_beat own;
    region_policy(r, "DE");
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_LEASE_EXPIRED); /* never heard */
    ic_leases_beat(&r->leases, r->now, &own);
    assert_int_equal(ic_leases_input(&r->leases, r->now, &own), IC_OK); /* it came back */
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    r->now = ic_time_add(r->now, IC_SEC(3));
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_LEASE_EXPIRED);
    assert_int_equal(region_filter(r, IC_PLACE_STAY), IC_PLACE_GOOD);
    assert_true(ic_eligible_is_self(ic_eligible_at(r->list, 0, r->now)));
}

static void we_serve_with_the_certificate_that_is_in_force(void **state)
{
    struct region *r = *state;
    uint8_t leaf[IC_SHA256_LEN] = {1};
    r->facts.is_alone = true;
    ic_leases_set_certificate(&r->leases, leaf, "DE");
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_CERTIFICATE_OTHER);
}

/* ---- capacity ---- */

static void pictures_are_refused_before_people(void **state)
{
    struct region *r = *state;
    without_self(r);
    region_node(r, "fr1.example", "FR", 60); /* of 100 people, 50 with pictures */
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_true(ic_eligible_is_audio_only(ic_eligible_at(r->list, 0, r->now)));
    assert_int_equal(ic_eligible_room(ic_eligible_at(r->list, 0, r->now)), 40);
    region_beat(r, "fr1.example", "FR", 49);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_false(ic_eligible_is_audio_only(ic_eligible_at(r->list, 0, r->now)));
    region_beat_as(r, "fr1.example", 1, "FR", 7, (struct ic_node_load){.people = 3});
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NO_CAPACITY_IN_REGION);
    assert_int_equal(region_filter(r, IC_PLACE_RELAY), IC_PLACE_GOOD);
    region_beat_as(r, "fr1.example", 1, "FR", 7,
                   (struct ic_node_load){.people_max = 100, .is_draining = true});
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_DRAINING);
    assert_int_equal(region_filter(r, IC_PLACE_RELAY), IC_PLACE_GOOD);
}

/* ---- lists ---- */

static void a_list_is_good_for_a_second(void **state)
{
    struct region *r = *state;
    r->facts.is_alone = true;
    assert_null(ic_eligible_at(r->list, 0, r->now)); /* before it was filled */
    assert_int_equal(ic_eligible_reason(r->list, r->now), IC_PLACE_POLICY_MISSING);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_int_equal(ic_eligible_reason(r->list, r->now), IC_PLACE_GOOD);
    assert_null(ic_eligible_at(r->list, 1, r->now));
    struct ic_time late = ic_time_add(r->now, IC_MS(IC_PLACE_LIST_MS));
    assert_non_null(ic_eligible_at(r->list, 0, (struct ic_time){late.us - 1}));
    assert_null(ic_eligible_at(r->list, 0, late));
    memory_fails = true;
    struct ic_eligible_list *none = ic_eligible_list_create();
    memory_fails = false;
    assert_null(none);
}

/* Claims of one node that are apart would hide that they contradict each other. */
static void claims_that_are_out_of_order_are_a_bug(void **state)
{
    struct region *r = *state;
    static const size_t counts[] = {2, IC_NODE_CLAIMS_MAX + 1};
    volatile int met = 0;
    region_certify(r, "fr1.example", 1, "FR");
    struct ic_node_claim first = r->claims[0];
    r->claims[0] = r->claims[1];
    r->claims[1] = first;
    for (volatile size_t i = 0; i < 2; i++) {
        r->facts.claim_count = counts[i];
        if (setjmp(asserted) == 0)
            (void)!region_filter(r, IC_PLACE_STAY);
        else
            met++;
    }
    assert_int_equal(met, 2);
}

/* Others may pass while we do not, and the other way round. */
static void the_filter_says_why_we_ourselves_do_not_pass(void **state)
{
    struct region *r = *state;
    region_node(r, "fr1.example", "FR", 0);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_int_equal(ic_eligible_own_reason(r->list), IC_PLACE_GOOD); /* fr1 has heard us */
    region_certify(r, "de1.example", 2, "DE"); /* of two of ours we serve with one */
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_int_equal(ic_eligible_own_reason(r->list), IC_PLACE_GOOD);
    without_self(r);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_int_equal(ic_eligible_own_reason(r->list), IC_PLACE_DRAINING);
    region_policy(r, "FR");
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_int_equal(ic_eligible_own_reason(r->list), IC_PLACE_NO_NODE_IN_REGION);
    only(r, "fr1.example");
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    assert_int_equal(ic_eligible_own_reason(r->list), IC_PLACE_NOT_IN_SET);
    r->facts.set = NULL;
    assert_none(r, region_filter(r, IC_PLACE_NEW), IC_PLACE_NODE_SET_MISSING);
    assert_int_equal(ic_eligible_own_reason(r->list), IC_PLACE_NODE_SET_MISSING);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(jitsi_and_livekit_all_nodes_of_the_region_loaded),
        TEST(jitsi_and_livekit_no_node_in_the_region),
        TEST(jitsi_and_livekit_region_of_the_participant_unknown),
        TEST(livekit_only_the_nearest_remaining_region),
        TEST(region_is_the_empty_string),
        TEST(node_registers_again_with_another_country),
        TEST(two_certificates_name_two_countries),
        TEST(two_certificates_of_one_country_are_a_renewal),
        TEST(node_added_to_the_wrong_group),
        TEST(a_single_node_is_no_way_around_the_policy),
        TEST(load_numbers_are_old_during_a_burst_of_joins),
        TEST(a_node_says_zero_after_a_crash),
        TEST(a_policy_that_is_missing_cut_or_longer_denies),
        TEST(a_policy_without_operator_or_log_denies),
        TEST(another_policy_than_was_named_denies),
        TEST(a_set_that_is_not_in_force_denies),
        TEST(a_certificate_that_is_not_in_force_denies),
        TEST(a_clock_that_jumps_denies),
        TEST(a_clock_that_was_put_right_is_believed),
        TEST(the_configuration_removes_at_once_and_adds_nothing),
        TEST(a_node_is_there_for_three_seconds),
        TEST(a_node_that_cannot_renew_takes_nobody),
        TEST(we_serve_with_the_certificate_that_is_in_force),
        TEST(pictures_are_refused_before_people),
        TEST(a_list_is_good_for_a_second),
        TEST(the_filter_says_why_we_ourselves_do_not_pass),
        TEST(claims_that_are_out_of_order_are_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
