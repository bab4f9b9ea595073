/* Route receipts: the vectors that the client runs too, and that nothing can be changed. */
#include "support/vectors.h"

#include "base/text.h"
#include "cluster/receipt.h"

static void assert_reason(const json_t *row, enum ic_receipt_reason reason)
{
    const char *expected =
        json_object_get(row, "reason") == NULL ? "good" : vectors_text(row, "reason");
    if (strcmp(ic_receipt_reason_word(reason), expected) != 0)
        fail_msg("%s: %s, not %s", vectors_text(row, "name"), ic_receipt_reason_word(reason),
                 expected);
}

static uint8_t *bytes_of(const json_t *row, size_t *len)
{
    if (json_object_get(row, "note_hex") != NULL)
        return vectors_bytes(row, "note_hex", len);
    const char *text = vectors_text(row, "note");
    *len = strlen(text);
    return exact_copy((const uint8_t *)text, *len);
}

static void load_key(const json_t *root, struct ic_note_key *key)
{
    const char *vkey = vectors_text(root, "key");
    assert_int_equal(ic_note_key_parse(key, vkey, strlen(vkey)), IC_OK);
}

static void assert_base64(const json_t *fields, const char *key, const uint8_t *bytes, size_t len)
{
    char text[64];
    ic_base64_encode(bytes, len, text);
    assert_string_equal(text, vectors_text(fields, key));
}

static void assert_count(const json_t *pair, size_t first, const struct ic_receipt_count *count)
{
    assert_int_equal(count->packets, json_integer_value(json_array_get(pair, first)));
    assert_int_equal(count->bytes, json_integer_value(json_array_get(pair, first + 1)));
}

static void assert_relays(const json_t *list, const struct ic_receipt_relays *relays)
{
    assert_int_equal(relays->count, json_array_size(list));
    for (size_t i = 0; i < relays->count; i++) {
        const json_t *row = json_array_get(list, i);
        assert_string_equal(relays->at[i].node, json_string_value(json_array_get(row, 0)));
        assert_count(row, 1, &relays->at[i].count);
    }
}

static void assert_fields(const json_t *fields, const struct ic_receipt *receipt)
{
    const json_t *rtt = json_object_get(fields, "rtt_min_us");
    assert_string_equal(receipt->node, vectors_text(fields, "node"));
    assert_int_equal(receipt->cert_serial, vectors_u64(fields, "cert_serial"));
    assert_base64(fields, "cert", receipt->cert, sizeof receipt->cert);
    assert_base64(fields, "meeting", receipt->meeting, sizeof receipt->meeting);
    assert_base64(fields, "member", receipt->member, sizeof receipt->member);
    assert_base64(fields, "policy", receipt->policy, sizeof receipt->policy);
    assert_int_equal(receipt->start_s, vectors_u64(fields, "start"));
    assert_int_equal(receipt->length_s, vectors_u64(fields, "length"));
    assert_int_equal(receipt->seq, vectors_u64(fields, "seq"));
    if (receipt->seq > 1)
        assert_base64(fields, "prev", receipt->prev, sizeof receipt->prev);
    assert_string_equal(receipt->country, vectors_text(fields, "region"));
    assert_count(json_object_get(fields, "in"), 0, &receipt->in);
    assert_count(json_object_get(fields, "out"), 0, &receipt->out);
    assert_relays(json_object_get(fields, "relay_to"), &receipt->relay_to);
    assert_relays(json_object_get(fields, "relay_from"), &receipt->relay_from);
    assert_int_equal(receipt->rtt_min_us, json_is_null(rtt) ? 0 : json_integer_value(rtt));
    assert_int_equal(receipt->drop, vectors_u64(fields, "drop"));
    assert_string_equal(ic_receipt_end_word(receipt->end), vectors_text(fields, "end"));
}

static void assert_written_back(const uint8_t *bytes, size_t len, const struct ic_receipt *receipt)
{
    uint8_t text[IC_RECEIPT_MAX];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    struct ic_note note;
    assert_int_equal(ic_note_parse(bytes, len, &note), IC_OK);
    ic_receipt_write(&w, receipt);
    assert_true(ic_wr_ok(&w));
    assert_int_equal(w.len, note.text_len);
    assert_memory_equal(text, note.text, w.len);
}

static void what_is_valid(void **state)
{
    (void)state;
    json_t *root = vectors_load("receipts.json"), *row;
    struct ic_note_key key;
    size_t i, count = 0;
    load_key(root, &key);
    json_array_foreach(json_object_get(root, "valid"), i, row)
    {
        struct ic_receipt receipt, peeked;
        size_t len;
        uint8_t *bytes = bytes_of(row, &len);
        assert_reason(row, ic_receipt_open(bytes, len, &key, &receipt));
        assert_fields(json_object_get(row, "fields"), &receipt);
        vectors_assert_bytes(row, "sha256", receipt.sha256, sizeof receipt.sha256);
        assert_written_back(bytes, len, &receipt);
        assert_reason(row, ic_receipt_peek(bytes, len, &peeked));
        assert_memory_equal(&peeked, &receipt, sizeof peeked);
        free(bytes);
        count++;
    }
    assert_true(count >= 20);
    json_decref(root);
}

static void what_is_invalid_and_why(void **state)
{
    (void)state;
    json_t *root = vectors_load("receipts.json"), *row;
    struct ic_note_key key;
    size_t i, count = 0;
    load_key(root, &key);
    json_array_foreach(json_object_get(root, "invalid"), i, row)
    {
        struct ic_receipt receipt, untouched;
        size_t len;
        uint8_t *bytes = bytes_of(row, &len);
        memset(&receipt, 0x5a, sizeof receipt);
        memset(&untouched, 0x5a, sizeof untouched);
        assert_reason(row, ic_receipt_open(bytes, len, &key, &receipt));
        assert_memory_equal(&receipt, &untouched, sizeof receipt);
        free(bytes);
        count++;
    }
    assert_true(count >= 150);
    json_decref(root);
}

static void chains(void **state)
{
    (void)state;
    json_t *root = vectors_load("receipts.json"), *row;
    struct ic_note_key key;
    size_t i, count = 0;
    load_key(root, &key);
    json_array_foreach(json_object_get(root, "chains"), i, row)
    {
        const json_t *notes = json_object_get(row, "notes");
        enum ic_receipt_reason reason = IC_RECEIPT_GOOD;
        struct ic_receipt before, receipt;
        for (size_t k = 0; k < json_array_size(notes); k++) {
            const char *note = json_string_value(json_array_get(notes, k));
            assert_int_equal(reason, IC_RECEIPT_GOOD); /* only the last one can be wrong */
            assert_int_equal(ic_receipt_open((const uint8_t *)note, strlen(note), &key, &receipt),
                             IC_RECEIPT_GOOD);
            reason = ic_receipt_follow(k == 0 ? NULL : &before, &receipt, false);
            before = receipt;
        }
        assert_reason(row, reason);
        count++;
    }
    assert_true(count >= 12);
    json_decref(root);
}

static void nothing_can_be_cut_or_changed(void **state)
{
    (void)state;
    json_t *root = vectors_load("receipts.json");
    struct ic_note_key key;
    struct ic_receipt receipt;
    size_t len;
    load_key(root, &key);
    uint8_t *bytes = bytes_of(json_array_get(json_object_get(root, "valid"), 0), &len);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = exact_copy(bytes, cut);
        if (ic_receipt_open(copy, cut, &key, &receipt) == IC_RECEIPT_GOOD)
            fail_msg("cut at %zu", cut);
        free(copy);
    }
    for (size_t at = 0; at < len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[at] = (uint8_t)(bytes[at] ^ 1u << bit);
            if (ic_receipt_open(bytes, len, &key, &receipt) == IC_RECEIPT_GOOD)
                fail_msg("bit %u of byte %zu", bit, at);
            bytes[at] = (uint8_t)(bytes[at] ^ 1u << bit);
        }
    free(bytes);
    json_decref(root);
}

/* Without signatures, so that the parser is alone. */
static void the_text_alone_cut_anywhere(void **state)
{
    (void)state;
    json_t *root = vectors_load("receipts.json");
    const char *note = vectors_text(json_array_get(json_object_get(root, "valid"), 0), "note");
    size_t len = (size_t)(strstr(note, "\n\n") - note) + 1;
    struct ic_receipt receipt;
    assert_int_equal(ic_receipt_parse((const uint8_t *)note, len, &receipt), IC_RECEIPT_GOOD);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = exact_copy((const uint8_t *)note, cut);
        enum ic_receipt_reason reason = ic_receipt_parse(copy, cut, &receipt);
        assert_int_equal(reason, cut < 27 ? IC_RECEIPT_KIND : IC_RECEIPT_LINE);
        free(copy);
    }
    json_decref(root);
}

static void what_is_signed_opens_again(void **state)
{
    (void)state;
    static const uint8_t seed[IC_ED25519_SEED_LEN] = {7};
    struct ic_ed25519 private_key;
    struct ic_note_key key;
    struct ic_receipt read, receipt = {.node = "a.example",
                                       .cert_serial = 1,
                                       .start_s = 1795424400,
                                       .length_s = 60,
                                       .seq = 1,
                                       .country = "DE",
                                       .in = {2, 200}};
    uint8_t note[IC_RECEIPT_MAX], sha256[IC_SHA256_LEN];
    struct ic_wr w = ic_wr_init(note, sizeof note);
    assert_int_equal(ic_ed25519_init(&private_key, seed), IC_OK);
    assert_int_equal(ic_note_key_init(&key, "a.example/receipt", 17, private_key.public_key),
                     IC_OK);
    assert_int_equal(ic_receipt_sign(&w, &receipt, &key, &private_key, sha256), IC_OK);
    assert_int_equal(ic_receipt_open(note, w.len, &key, &read), IC_RECEIPT_GOOD);
    assert_memory_equal(read.sha256, sha256, sizeof sha256);
    /* What a client would refuse is not signed; nor does a note that is cut off count. */
    receipt.in.bytes = 1;
    assert_int_equal(ic_receipt_sign(&w, &receipt, &key, &private_key, sha256), IC_ERR_INPUT);
    receipt.in.bytes = 200;
    w = ic_wr_init(note, 400);
    assert_int_equal(ic_receipt_sign(&w, &receipt, &key, &private_key, sha256), IC_ERR_FULL);
    ic_ed25519_deinit(&private_key);
}

static void each_reason_has_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < IC_RECEIPT_REASONS; i++) {
        const char *sentence = ic_receipt_reason_sentence((enum ic_receipt_reason)i);
        assert_true(strlen(ic_receipt_reason_word((enum ic_receipt_reason)i)) > 1);
        assert_int_equal(sentence[strlen(sentence) - 1], '.');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_valid),
        cmocka_unit_test(what_is_invalid_and_why),
        cmocka_unit_test(chains),
        cmocka_unit_test(nothing_can_be_cut_or_changed),
        cmocka_unit_test(the_text_alone_cut_anywhere),
        cmocka_unit_test(what_is_signed_opens_again),
        cmocka_unit_test(each_reason_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
