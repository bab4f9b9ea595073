/* Node certificates: the vectors that the client runs too, and that nothing can be changed. */
#include "cluster_vectors.h"

#include "cluster/node_cert.h"
#include "cluster/node_note.h"
#include "tlog/merkle.h"

static void assert_names(const json_t *fields, const char *key, const struct ic_node_cert *cert)
{
    const json_t *list = json_object_get(fields, key);
    bool is_role = strcmp(key, "roles") == 0;
    static const char *const roles[] = {"media", "relay", "signal"};
    unsigned bits = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        enum ic_country_group group = IC_COUNTRY_EEA;
        if (!is_role)
            assert_true(ic_country_group_find(name, strlen(name), &group));
        for (unsigned role = 0; is_role && role < 3; role++)
            if (strcmp(name, roles[role]) == 0)
                bits |= 1u << role;
        if (!is_role)
            bits |= 1u << group;
    }
    assert_int_equal(bits, is_role ? cert->roles : cert->groups);
}

static void assert_text(const json_t *fields, const char *key, const char *text, size_t len)
{
    const char *expected = vectors_text(fields, key);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(text, expected, len);
}

static void assert_site(const json_t *fields, const struct ic_node_site *site)
{
    const json_t *list = json_object_get(fields, "site");
    assert_int_equal(site->latitude_cdeg, json_integer_value(json_array_get(list, 0)));
    assert_int_equal(site->longitude_cdeg, json_integer_value(json_array_get(list, 1)));
    assert_int_equal(site->radius_km, json_integer_value(json_array_get(list, 2)));
}

static void assert_covers(const json_t *fields, const char *key, const struct ic_node_cert *cert,
                          bool expected)
{
    size_t i;
    json_t *text;
    json_array_foreach(json_object_get(fields, key), i, text)
    {
        struct ic_addr addr;
        assert_int_equal(ic_addr_parse(json_string_value(text), json_string_length(text), &addr),
                         IC_OK);
        addr.port = 443;
        if (ic_node_cert_covers(cert, &addr) != expected)
            fail_msg("%s: %s", key, json_string_value(text));
    }
}

static void assert_addresses(const json_t *fields, const struct ic_node_cert *cert)
{
    const json_t *list = json_object_get(fields, "addr");
    assert_int_equal(cert->address_count, json_array_size(list));
    for (size_t i = 0; i < cert->address_count; i++) {
        uint8_t text[IC_ADDR_TEXT_MAX + 4];
        struct ic_wr w = ic_wr_init(text, sizeof text);
        ic_node_prefix_write(&w, &cert->addresses[i]);
        assert_true(ic_wr_ok(&w));
        assert_int_equal(w.len, json_string_length(json_array_get(list, i)));
        assert_memory_equal(text, json_string_value(json_array_get(list, i)), w.len);
    }
    assert_covers(fields, "inside", cert, true);
    assert_covers(fields, "outside", cert, false);
}

static void assert_fields(const json_t *fields, const struct ic_node_cert *cert)
{
    uint8_t vkey[IC_NOTE_VKEY_MAX];
    struct ic_wr w = ic_wr_init(vkey, sizeof vkey);
    ic_note_key_write(&w, &cert->receipt_key);
    assert_text(fields, "receipt_key", (const char *)vkey, w.len);
    assert_text(fields, "node", cert->name, strlen(cert->name));
    assert_text(fields, "region", cert->country, strlen(cert->country));
    assert_text(fields, "entity", cert->entity, strlen(cert->entity));
    assert_int_equal(cert->serial, vectors_u64(fields, "serial"));
    assert_int_equal(cert->not_before_s, vectors_u64(fields, "not_before"));
    assert_int_equal(cert->not_after_s, vectors_u64(fields, "not_after"));
    vectors_assert_bytes(fields, "dtls_sha256", cert->dtls_sha256, sizeof cert->dtls_sha256);
    vectors_assert_bytes(fields, "build_sha256", cert->build_sha256, sizeof cert->build_sha256);
    assert_names(fields, "region_groups", cert);
    assert_names(fields, "roles", cert);
    assert_site(fields, &cert->site);
    assert_addresses(fields, cert);
}

static void assert_written_back(const uint8_t *bytes, size_t len, const struct ic_node_cert *cert)
{
    uint8_t text[IC_NODE_CERT_MAX];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    struct ic_note note;
    assert_int_equal(ic_note_parse(bytes, len, &note), IC_OK);
    ic_node_cert_write(&w, cert);
    assert_true(ic_wr_ok(&w));
    assert_int_equal(w.len, note.text_len);
    assert_memory_equal(text, note.text, w.len);
}

static void what_is_valid(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/certs.json"), *row;
    struct ic_operator_keys keys;
    size_t i, count = 0;
    nodes_keys(root, &keys);
    json_array_foreach(json_object_get(root, "valid"), i, row)
    {
        struct ic_node_cert cert;
        struct ic_merkle_hash leaf;
        size_t len;
        uint8_t *bytes = nodes_bytes(row, "note", &len);
        nodes_assert_good(row,
                          ic_node_cert_open(bytes, len, &keys, vectors_u64(row, "now"), &cert));
        assert_fields(json_object_get(row, "fields"), &cert);
        assert_written_back(bytes, len, &cert);
        const struct ic_part part = {bytes, len};
        assert_int_equal(ic_merkle_leaf(&part, 1, &leaf), IC_OK);
        vectors_assert_bytes(row, "leaf", leaf.bytes, sizeof leaf.bytes);
        free(bytes);
        count++;
    }
    assert_true(count >= 20);
    json_decref(root);
}

static void what_is_invalid_and_why(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/certs.json"), *row;
    struct ic_operator_keys keys;
    size_t i, count = 0;
    nodes_keys(root, &keys);
    json_array_foreach(json_object_get(root, "invalid"), i, row)
    {
        struct ic_node_cert cert, untouched;
        size_t len;
        uint8_t *bytes = nodes_bytes(row, "note", &len);
        memset(&cert, 0x5a, sizeof cert);
        memset(&untouched, 0x5a, sizeof untouched);
        nodes_assert_reason(row,
                            ic_node_cert_open(bytes, len, &keys, vectors_u64(row, "now"), &cert));
        assert_memory_equal(&cert, &untouched, sizeof cert);
        free(bytes);
        count++;
    }
    assert_true(count >= 200);
    json_decref(root);
}

struct first {
    struct ic_operator_keys keys;
    uint64_t now_s;
};

static enum ic_node_reason open_first(const uint8_t *bytes, size_t len, const void *context)
{
    const struct first *first = context;
    struct ic_node_cert cert;
    return ic_node_cert_open(bytes, len, &first->keys, first->now_s, &cert);
}

static void nothing_can_be_cut_or_changed(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/certs.json");
    const json_t *row = json_array_get(json_object_get(root, "valid"), 0);
    struct first first = {.now_s = vectors_u64(row, "now")};
    size_t len;
    uint8_t *bytes = nodes_bytes(row, "note", &len);
    nodes_keys(root, &first.keys);
    nodes_assert_cuts(bytes, len, open_first, &first);
    nodes_assert_flips(bytes, len, open_first, &first);
    free(bytes);
    json_decref(root);
}

/* Without signatures, so that the parser is alone: each cut and each line twice. */
static void the_text_alone(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/certs.json");
    const char *note = vectors_text(json_array_get(json_object_get(root, "valid"), 0), "note");
    size_t len = (size_t)(strstr(note, "\n\n") - note) + 1;
    struct ic_node_cert cert;
    char twice[IC_NODE_CERT_MAX];
    assert_int_equal(ic_node_cert_parse((const uint8_t *)note, len, &cert), IC_NODE_GOOD);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = exact_copy((const uint8_t *)note, cut);
        enum ic_node_reason reason = ic_node_cert_parse(copy, cut, &cert);
        assert_true(reason == IC_NODE_LINE || (reason == IC_NODE_KIND && cut < 23));
        free(copy);
    }
    for (size_t at = 0; at < len; at += strcspn(&note[at], "\n") + 1) {
        size_t line = strcspn(&note[at], "\n") + 1;
        int n = snprintf(twice, sizeof twice, "%.*s%.*s", (int)(at + line), note, (int)(len - at),
                         &note[at]);
        assert_int_equal(ic_node_cert_parse((const uint8_t *)twice, (size_t)n, &cert),
                         strncmp(&note[at], "addr", 4) == 0 ? IC_NODE_ADDR : IC_NODE_LINE);
    }
    json_decref(root);
}

static void times_through_leap_years(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t time_s;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},          {"1972-02-29T12:34:56Z", 68214896},
        {"1999-12-31T23:59:59Z", 946684799},  {"2000-02-29T00:00:00Z", 951782400},
        {"2000-03-01T00:00:00Z", 951868800},  {"2026-11-24T12:00:00Z", 1795521600},
        {"2100-03-01T00:00:00Z", 4107542400}, {"9999-12-31T23:59:59Z", 253402300799},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ic_node_value v = {rows[i].text, strlen(rows[i].text)};
        uint8_t line[64];
        char expected[64];
        uint64_t time_s = 1;
        struct ic_wr w = ic_wr_init(line, sizeof line);
        assert_true(ic_node_value_time(v, &time_s));
        assert_int_equal(time_s, rows[i].time_s);
        ic_node_text_write_time(&w, "t", time_s);
        int n = snprintf(expected, sizeof expected, "t %s\n", rows[i].text);
        assert_int_equal(w.len, n);
        assert_memory_equal(line, expected, w.len);
    }
}

static void addresses_are_brought_into_order(void **state)
{
    (void)state;
    struct ic_node_cert cert = {.address_count = 4};
    static const char *const given[] = {"2001:db8::2", "198.51.100.7", "::1", "192.0.2.7"};
    static const char *const sorted[] = {"192.0.2.7", "198.51.100.7", "::1", "2001:db8::2"};
    for (size_t i = 0; i < 4; i++) {
        struct ic_addr addr;
        assert_int_equal(ic_addr_parse(given[i], strlen(given[i]), &addr), IC_OK);
        cert.addresses[i] = ic_node_prefix_of(&addr);
    }
    ic_node_cert_sort(&cert);
    for (size_t i = 0; i < 4; i++) {
        struct ic_addr addr;
        assert_int_equal(ic_addr_parse(sorted[i], strlen(sorted[i]), &addr), IC_OK);
        assert_memory_equal(cert.addresses[i].ip, addr.ip, sizeof addr.ip);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_valid),
        cmocka_unit_test(what_is_invalid_and_why),
        cmocka_unit_test(nothing_can_be_cut_or_changed),
        cmocka_unit_test(the_text_alone),
        cmocka_unit_test(times_through_leap_years),
        cmocka_unit_test(addresses_are_brought_into_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
