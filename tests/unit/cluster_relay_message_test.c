/* Messages between two nodes about relays: each kind written, read and written again; refused when
 * a byte is missing or too many, when a value is none of its kind, when it contradicts itself. */
#include "support/cmocka_all.h"
#include "support/exact.h"

#include "cluster/relay_message.h"

static uint8_t bytes[IC_RELAY_MESSAGE_MAX + 16];
static struct ic_relay_message m, read_back;

static struct ic_relay_message *begin(enum ic_relay_message_kind kind)
{
    memset(&m, 0, sizeof m);
    m.kind = kind;
    memset(m.meeting, 7, sizeof m.meeting);
    m.own_worker = 3;
    m.other_worker = 1;
    m.number = 258;
    m.slot = 17;
    m.epoch = 5;
    m.person = 0x0102030405060708;
    return &m;
}

static void add_section(enum ic_kind kind, enum ic_direction direction, const char *mid)
{
    struct ic_section *s = &m.client.sections[m.client.section_count++];
    bool is_audio = kind == IC_KIND_AUDIO;
    *s = (struct ic_section){
        .kind = kind,
        .direction = direction,
        .source = is_audio ? IC_SOURCE_MICROPHONE : IC_SOURCE_CAMERA,
        .codecs = {{is_audio ? IC_CODEC_OPUS : IC_CODEC_VP8, 96, is_audio ? 0 : 97}},
        .codec_count = 1,
        .extensions = {.mid = 1, .rid = 2, .repaired_rid = 3, .transport_cc = 4},
    };
    strcpy(s->mid, mid);
    if (is_audio || direction == IC_DIRECTION_RECEIVE)
        return;
    strcpy(s->rids[0], "h");
    strcpy(s->rids[1], "low1");
    s->rid_count = 2;
}

static void fill_client(void)
{
    strcpy(m.client.ufrag, "ab+/");
    strcpy(m.client.pwd, "0123456789012345678901");
    memset(m.client.fingerprint, 9, sizeof m.client.fingerprint);
    add_section(IC_KIND_AUDIO, IC_DIRECTION_SEND, "0");
    add_section(IC_KIND_VIDEO, IC_DIRECTION_SEND, "1");
    add_section(IC_KIND_VIDEO, IC_DIRECTION_RECEIVE, "a1b2c3d4");
}

static void fill_server(void)
{
    strcpy(m.server.ufrag, "abcdefghijkl");
    strcpy(m.server.pwd, "abcdefghijklmnopqrstuvwx");
    strcpy(m.server.cname, "ABCDEFGHIJKLMN+/");
    m.server.candidates[0] = ic_addr_v4(192, 0, 2, 1, 10000);
    m.server.candidates[1] = (struct ic_addr){.ip = {0x20, 0x01}, .port = 10001};
    m.server.candidate_count = 2;
    m.server.slots[0] =
        (struct ic_slot_info){.mid = "2", .kind = IC_KIND_VIDEO, .ssrc = 11, .rtx_ssrc = 12};
    m.server.slot_count = 1;
}

/* One message of each kind and of each way of saying it; false: there is no such number. */
static bool make(uint32_t i)
{
    static const uint8_t policy[] = "the policy, as bytes";
    static const enum ic_relay_message_kind kinds[] = {
        IC_RELAY_OPEN,      IC_RELAY_OPENED,    IC_RELAY_OPENED,    IC_RELAY_NAMES,
        IC_RELAY_MEETING,   IC_RELAY_SOURCE,    IC_RELAY_WANTED,    IC_RELAY_CLOSE,
        IC_RELAY_PERSON,    IC_RELAY_PERSON,    IC_RELAY_PERSON,    IC_RELAY_PERSON,
        IC_RELAY_PERSON,    IC_RELAY_PERSON,    IC_RELAY_TRANSPORT, IC_RELAY_TRANSPORT,
        IC_RELAY_TRANSPORT, IC_RELAY_TRANSPORT, IC_RELAY_TRANSPORT, IC_RELAY_TRANSPORT,
        IC_RELAY_CARRIER,   IC_RELAY_CARRIER,   IC_RELAY_JOIN,      IC_RELAY_JOINED,
        IC_RELAY_JOINED};
    if (i >= sizeof kinds / sizeof kinds[0])
        return false;
    begin(kinds[i]);
    m.generation = 9;
    m.hops = 2;
    bool is_no = i == 2 || i == 24;
    m.places = is_no ? 0 : 40;
    m.own_worker = is_no ? 0 : m.own_worker;
    m.reason = is_no ? IC_PLACE_NO_CAPACITY_IN_REGION : IC_PLACE_GOOD;
    m.carries = i == 20;
    memset(m.node, 8, sizeof m.node);
    memset(m.policy_sha256, 6, sizeof m.policy_sha256);
    m.policy = policy;
    m.policy_len = sizeof policy;
    strcpy(m.ufrag, "abcdefghijkl");
    strcpy(m.pwd, "abcdefghijklmnopqrstuvwx");
    m.address = ic_addr_v4(192, 0, 2, 1, 10000);
    m.first_seq = 70000;
    m.is_wanted = m.microphone = true;
    m.source = IC_SOURCE_CAMERA;
    strcpy(m.mid, "12");
    m.source_person = 77;
    m.why = IC_PEER_REASON_CONSENT_LOST;
    m.counts = (struct ic_peer_counts){1, 2, 3, 4, 5};
    m.chain = (struct ic_receipt_chain){.meeting = {1}, .member = {2}, .seq = 13, .prev = {3}};
    m.end = IC_METER_DRAIN;
    m.writes_receipts = true;
    m.note = policy;
    m.note_len = sizeof policy;
    if (m.kind == IC_RELAY_PERSON)
        m.act = (enum ic_relay_act)(i - 8 + IC_RELAY_ACT_MAKE);
    if (m.kind == IC_RELAY_TRANSPORT)
        m.news = (enum ic_relay_news)(i - 14 + IC_RELAY_NEWS_READY);
    if (m.act == IC_RELAY_ACT_KEY_FRAMES)
        m.person = 0;
    if (m.news == IC_RELAY_NEWS_REFUSED)
        m.why = IC_PEER_REASON_FULL;
    fill_client();
    fill_server();
    return true;
}

static size_t write_to(uint8_t *out)
{
    struct ic_wr w = ic_wr_init(out, IC_RELAY_MESSAGE_MAX);
    ic_relay_message_write(&w, &m);
    assert_true(ic_wr_ok(&w));
    return w.len;
}

static enum ic_err parse(const uint8_t *at, size_t len)
{
    uint8_t *copy = exact_copy(at, len);
    enum ic_err e = ic_relay_message_parse(copy, len, &read_back);
    free(copy);
    return e;
}

static void set_length(size_t len)
{
    bytes[0] = bytes[1] = 0;
    bytes[2] = (uint8_t)((len - 4) >> 8);
    bytes[3] = (uint8_t)(len - 4);
}

static void each_kind_has_one_encoding(void **state)
{
    (void)state;
    static uint8_t again[IC_RELAY_MESSAGE_MAX];
    for (uint32_t i = 0; make(i); i++) {
        size_t len = write_to(bytes);
        assert_int_equal(ic_relay_message_parse(bytes, len, &m), IC_OK);
        assert_int_equal(write_to(again), len);
        assert_memory_equal(again, bytes, len);
    }
}

/* The length in front goes with what is there, so that the body is what falls short. */
static void no_byte_may_be_missing_or_too_many(void **state)
{
    (void)state;
    for (uint32_t i = 0; make(i); i++) {
        size_t len = write_to(bytes);
        bytes[len] = 0;
        for (size_t n = 0; n <= len + 1; n++) {
            if (n >= 4)
                set_length(n);
            assert_int_equal(parse(bytes, n), n == len ? IC_OK : IC_ERR_INPUT);
        }
        set_length(len);
        assert_int_equal(parse(bytes, len - 1), IC_ERR_INPUT);
        assert_int_equal(parse(bytes, len + 1), IC_ERR_INPUT);
    }
}

static void what_is_read_is_what_was_said(void **state)
{
    (void)state;
    assert_true(make(0));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_true(read_back.generation == 9 && read_back.hops == 2 && read_back.places == 40);
    assert_int_equal(read_back.policy_len, m.policy_len);
    assert_memory_equal(read_back.policy, m.policy, m.policy_len);
    assert_true(make(8));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_true(read_back.microphone && !read_back.camera && read_back.person == m.person);
    assert_memory_equal(&read_back.client, &m.client, sizeof m.client);
    assert_true(make(14));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_memory_equal(&read_back.server, &m.server, sizeof m.server);
    assert_true(make(5));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_true(read_back.own_worker == 3 && read_back.other_worker == 1 && read_back.slot == 17 &&
                read_back.number == 258 && read_back.epoch == 5 && read_back.first_seq == 70000 &&
                read_back.source == IC_SOURCE_CAMERA && read_back.person == m.person);
}

static void what_carriers_hear_is_what_was_said(void **state)
{
    (void)state;
    assert_true(make(20));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_memory_equal(read_back.meeting, m.meeting, sizeof m.meeting);
    assert_memory_equal(read_back.node, m.node, sizeof m.node);
    assert_true(read_back.generation == 9 && read_back.carries);
    assert_true(make(21));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_false(read_back.carries);
    assert_true(make(22));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_true(read_back.generation == 9 && read_back.hops == 2);
    assert_memory_equal(read_back.policy_sha256, m.policy_sha256, sizeof m.policy_sha256);
    assert_true(make(23));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_true(read_back.reason == IC_PLACE_GOOD && read_back.own_worker == 3);
    assert_true(make(24));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_int_equal(read_back.reason, IC_PLACE_NO_CAPACITY_IN_REGION);
}

/* A chain that has no receipt yet has no hash; one that has, has. */
static void receipts_are_what_was_said(void **state)
{
    (void)state;
    assert_true(make(11));
    assert_int_equal(m.act, IC_RELAY_ACT_RECEIPTS);
    size_t len = write_to(bytes);
    assert_int_equal(ic_relay_message_parse(bytes, len, &read_back), IC_OK);
    assert_memory_equal(&read_back.chain, &m.chain, sizeof m.chain);
    m.chain = (struct ic_receipt_chain){.meeting = {1}, .member = {2}};
    assert_int_equal(write_to(bytes), len - IC_RECEIPT_HASH_LEN);
    assert_int_equal(ic_relay_message_parse(bytes, len - IC_RECEIPT_HASH_LEN, &read_back), IC_OK);
    assert_memory_equal(&read_back.chain, &m.chain, sizeof m.chain);
    assert_true(make(13));
    assert_int_equal(m.act, IC_RELAY_ACT_RECEIPT_END);
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_int_equal(read_back.end, IC_METER_DRAIN);
    static uint8_t note[IC_RECEIPT_MAX + 1];
    assert_true(make(17));
    assert_int_equal(m.news, IC_RELAY_NEWS_RECEIPT);
    memset(note, 'n', sizeof note);
    m.note = note;
    m.note_len = IC_RECEIPT_MAX;
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_int_equal(read_back.note_len, IC_RECEIPT_MAX);
    assert_memory_equal(read_back.note, note, IC_RECEIPT_MAX);
    assert_true(make(14));
    assert_int_equal(ic_relay_message_parse(bytes, write_to(bytes), &read_back), IC_OK);
    assert_true(read_back.writes_receipts);
}

static void lengths_of_a_stream(void **state)
{
    (void)state;
    size_t len = 99;
    static const uint8_t none[] = {0, 0, 0, 0}, most[] = {0, 0, 0xff, 0xfc},
                         more[] = {0, 0, 0xff, 0xfd}, huge[] = {0xff, 0xff, 0xff, 0xff};
    for (size_t n = 0; n < 4; n++)
        assert_int_equal(ic_relay_message_len(most, n, &len), IC_ERR_STATE);
    assert_int_equal(ic_relay_message_len(none, 4, &len), IC_ERR_INPUT);
    assert_int_equal(ic_relay_message_len(more, 4, &len), IC_ERR_INPUT);
    assert_int_equal(ic_relay_message_len(huge, 4, &len), IC_ERR_INPUT);
    assert_int_equal(len, 99);
    assert_int_equal(ic_relay_message_len(most, 4, &len), IC_OK);
    assert_int_equal(len, IC_RELAY_MESSAGE_MAX);
}

/* Written as it is, and then refused. */
static void refuse(const char *what)
{
    if (parse(bytes, write_to(bytes)) != IC_ERR_INPUT)
        fail_msg("taken: %s", what);
}

static void what_contradicts_itself_is_refused(void **state)
{
    (void)state;
    make(0);
    m.places = 0;
    refuse("no places asked for");
    make(0);
    m.policy_len = 0;
    refuse("no policy");
    make(1);
    m.places = 0;
    refuse("yes, but no places");
    make(2);
    m.places = 1;
    refuse("no, but places");
    make(3);
    m.address.port = 0;
    refuse("no port");
    make(3);
    m.ufrag[3] = '-';
    refuse("no ice-char");
    make(4);
    m.number = 0;
    refuse("number 0");
    make(4);
    m.number = IC_RELAY_NUMBER_MAX + 1;
    refuse("a number too high");
    make(5);
    m.slot = IC_SLOTS_MAX;
    refuse("no such slot");
    make(9);
    m.person = 0;
    refuse("media of nobody");
    make(12);
    m.person = 1;
    refuse("key frames of one person");
    make(15);
    m.person = 0;
    refuse("news of nobody");
    make(18);
    m.why = IC_PEER_REASON_NONE;
    refuse("refused without a reason");
    make(18);
    m.why = IC_PEER_REASON_CONSENT_LOST;
    refuse("refused, for a reason to end");
    make(19);
    m.why = IC_PEER_REASON_FULL;
    refuse("ended, for a reason to refuse");
    make(11);
    m.chain.seq = (uint64_t)IC_NODE_SERIAL_MAX + 1;
    refuse("a number that no receipt has");
    make(11);
    m.person = 0;
    refuse("receipts of nobody");
    make(13);
    m.end = IC_METER_GOES_ON;
    refuse("an end that is none");
    make(13);
    m.end = (enum ic_meter_end)(IC_METER_DRAIN + 1);
    refuse("no such end");
    make(17);
    m.note_len = 0;
    refuse("no receipt");
    make(23);
    m.own_worker = IC_RELAY_WORKERS_MAX;
    refuse("no such worker");
    make(24);
    m.own_worker = 1;
    refuse("no, but a worker");
    make(24);
    m.reason = IC_PLACE_REASONS;
    refuse("no such reason");
    static uint8_t large[IC_RECEIPT_MAX + 1];
    make(17);
    m.note = large;
    m.note_len = sizeof large;
    refuse("a receipt too large");
}

static void what_is_none_of_its_kind_is_refused(void **state)
{
    (void)state;
    make(8);
    strcpy(m.client.ufrag, "abc");
    refuse("a short ufrag");
    make(8);
    strcpy(m.client.sections[0].mid, "a=b");
    refuse("a mid that is no token");
    make(8);
    m.client.sections[0].codecs[0].codec = IC_CODEC_NONE;
    refuse("no codec");
    make(8);
    m.client.sections[0].codecs[0].codec = (enum ic_codec)IC_CODECS;
    refuse("no such codec");
    make(8);
    strcpy(m.client.sections[1].rids[0], "a-b");
    refuse("a rid that is not alphanumeric");
    make(14);
    m.server.candidate_count = 0;
    refuse("no address");
    make(14);
    m.server.cname[0] = ' ';
    refuse("a cname with a blank");
    make(7);
    size_t len = write_to(bytes);
    static const uint8_t kinds[] = {0, 13, 255};
    for (size_t i = 0; i < sizeof kinds; i++) {
        bytes[4] = kinds[i];
        assert_int_equal(parse(bytes, len), IC_ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_one_encoding),
        cmocka_unit_test(no_byte_may_be_missing_or_too_many),
        cmocka_unit_test(what_is_read_is_what_was_said),
        cmocka_unit_test(what_carriers_hear_is_what_was_said),
        cmocka_unit_test(receipts_are_what_was_said),
        cmocka_unit_test(lengths_of_a_stream),
        cmocka_unit_test(what_contradicts_itself_is_refused),
        cmocka_unit_test(what_is_none_of_its_kind_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
