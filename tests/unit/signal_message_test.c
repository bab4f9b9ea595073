/* The message set: the same vectors as the web client's decoder, the published schema, the caps on
 * the text, and what the server writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signal/message.h"
#include "signal/message_text.h"
#include "signal/message_write.h"
#include "unit/signal_schema.h"

#define TEXT_CAP 262144

static uint8_t scratch[IC_SIGNAL_SCRATCH_LEN];

struct suite {
    json_t *schema, *client, *server;
    char *text; /* of the vector under test */
    size_t len;
};

static int set_up(void **state)
{
    struct suite *s = calloc(1, sizeof *s);
    s->schema = schema_load();
    s->client = json_load_file(IC_VECTORS "/signalling/client.json", JSON_ALLOW_NUL, NULL);
    s->server = json_load_file(IC_VECTORS "/signalling/server.json", JSON_ALLOW_NUL, NULL);
    s->text = malloc(TEXT_CAP);
    *state = s;
    return s->schema == NULL || s->client == NULL || s->server == NULL || s->text == NULL;
}

static int tear_down(void **state)
{
    struct suite *s = *state;
    json_decref(s->schema);
    json_decref(s->client);
    json_decref(s->server);
    free(s->text);
    free(s);
    return 0;
}

/* ---- vectors ---- */

static void append(struct suite *s, const json_t *text)
{
    size_t n = json_string_length(text);
    assert_true(s->len + n < TEXT_CAP);
    memcpy(s->text + s->len, json_string_value(text), n);
    s->len += n;
}

/* "message" as it would be sent, or "text" with what "append" adds. */
static void compose(struct suite *s, const json_t *vector)
{
    const json_t *message = json_object_get(vector, "message");
    const json_t *more = json_object_get(vector, "append");
    s->len = 0;
    if (message != NULL) {
        char *text = json_dumps(message, JSON_COMPACT | JSON_ENCODE_ANY);
        s->len = strlen(text);
        assert_true(s->len < TEXT_CAP);
        memcpy(s->text, text, s->len);
        free(text);
        return;
    }
    append(s, json_object_get(vector, "text"));
    for (json_int_t i = json_integer_value(json_object_get(more, "count")); i > 0; i--)
        append(s, json_object_get(more, "text"));
    if (more != NULL)
        append(s, json_object_get(more, "then"));
}

static enum ic_err expected(const json_t *vector)
{
    const char *error = json_string_value(json_object_get(vector, "error"));
    if (json_is_true(json_object_get(vector, "accept")))
        return IC_OK;
    bool is_version = error != NULL && strcmp(error, "unsupported_version") == 0;
    return is_version ? IC_ERR_STATE : IC_ERR_INPUT;
}

static void client_vectors_are_decided_as_they_say(void **state)
{
    struct suite *s = *state;
    assert_true(json_array_size(s->client) > 500);
    for (size_t i = 0; i < json_array_size(s->client); i++) {
        const json_t *vector = json_array_get(s->client, i);
        static struct ic_sig_msg msg;
        compose(s, vector);
        enum ic_err e = ic_message_parse(s->text, s->len, scratch, &msg);
        if (e != expected(vector))
            fail_msg("%s: %d", json_string_value(json_object_get(vector, "name")), e);
    }
}

/* What the schema lets pass and a rule of the protocol refuses is marked "beyond_schema". */
static void check_against_schema(struct suite *s, const json_t *vectors, const char *direction)
{
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        const json_t *vector = json_array_get(vectors, i);
        json_t *message = json_object_get(vector, "message");
        bool fits = json_is_true(json_object_get(vector, "accept")) ||
                    json_is_true(json_object_get(vector, "beyond_schema"));
        assert_string_equal(json_string_value(json_object_get(vector, "direction")), direction);
        if (message != NULL && schema_message_fits(s->schema, direction, message) != fits)
            fail_msg("%s", json_string_value(json_object_get(vector, "name")));
    }
}

static void schema_decides_the_vectors_in_the_same_way(void **state)
{
    struct suite *s = *state;
    check_against_schema(s, s->client, "client");
    check_against_schema(s, s->server, "server");
}

static bool is_server_message(struct suite *s, const char *text, size_t len)
{
    if (ic_message_text_check(text, len) != IC_OK)
        return false;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    bool fits = root != NULL && schema_message_fits(s->schema, "server", root);
    json_decref(root);
    return fits;
}

static void server_vectors_are_decided_as_they_say(void **state)
{
    struct suite *s = *state;
    assert_true(json_array_size(s->server) > 500);
    for (size_t i = 0; i < json_array_size(s->server); i++) {
        const json_t *vector = json_array_get(s->server, i);
        compose(s, vector);
        bool accept = json_is_true(json_object_get(vector, "accept"));
        if (is_server_message(s, s->text, s->len) != accept)
            fail_msg("%s", json_string_value(json_object_get(vector, "name")));
    }
}

static const json_t *vector_named(const json_t *vectors, const char *name)
{
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        const json_t *vector = json_array_get(vectors, i);
        if (strcmp(json_string_value(json_object_get(vector, "name")), name) == 0)
            return vector;
    }
    fail_msg("no vector: %s", name);
    return NULL;
}

static void join_arrives_field_by_field(void **state)
{
    struct suite *s = *state;
    static struct ic_sig_msg msg;
    compose(s, vector_named(s->client, "join: as the client sends it"));
    assert_int_equal(ic_message_parse(s->text, s->len, scratch, &msg), IC_OK);
    assert_int_equal(msg.type, IC_SIG_JOIN);
    const struct ic_client_transport *t = &msg.join.transport;
    assert_true(msg.join.media.microphone);
    assert_false(msg.join.media.camera);
    assert_string_equal(t->ufrag, "Zx4+");
    assert_string_equal(t->pwd, "hY7/cLm2Qw9RtB3kVn5PsD");
    assert_int_equal(t->fingerprint[0], 0xa0);
    assert_int_equal(t->fingerprint[31], 0xbf);
    assert_int_equal(t->section_count, 20);
    const struct ic_section *camera = &t->sections[1], *slot = &t->sections[19];
    assert_string_equal(camera->mid, "1");
    assert_int_equal(camera->kind, IC_KIND_VIDEO);
    assert_int_equal(camera->direction, IC_DIRECTION_SEND);
    assert_int_equal(camera->source, IC_SOURCE_CAMERA);
    assert_int_equal(camera->codec_count, 1);
    assert_int_equal(camera->codecs[0].codec, IC_CODEC_VP8);
    assert_int_equal(camera->codecs[0].payload_type, 96);
    assert_int_equal(camera->codecs[0].rtx_payload_type, 97);
    assert_int_equal(camera->extensions.mid, 4);
    assert_int_equal(camera->extensions.transport_cc, 3);
    assert_int_equal(camera->rid_count, 0);
    assert_string_equal(slot->mid, "19");
    assert_int_equal(slot->direction, IC_DIRECTION_RECEIVE);
    assert_int_equal(slot->extensions.transport_cc, 0);
    assert_int_equal(t->sections[2].codecs[0].codec, IC_CODEC_OPUS);
    assert_int_equal(t->sections[2].codecs[0].rtx_payload_type, 0);
}

static bool is_bytes(struct ic_mls_span span, size_t len)
{
    for (size_t i = 0; i < span.len; i++) {
        if (span.at[i] != (uint8_t)(i * 7 + 3))
            return false;
    }
    return span.len == len && span.at >= scratch && span.at + len <= scratch + sizeof scratch;
}

static void parse_named(struct suite *s, const char *name, struct ic_sig_msg *msg)
{
    compose(s, vector_named(s->client, name));
    assert_int_equal(ic_message_parse(s->text, s->len, scratch, msg), IC_OK);
}

static void messages_of_the_group_arrive_field_by_field(void **state)
{
    struct suite *s = *state;
    static struct ic_sig_msg msg;
    parse_named(s, "knock: with everything", &msg);
    assert_int_equal(msg.type, IC_SIG_KNOCK);
    assert_string_equal(msg.knock.meeting, "AAECAwQFBgcICQoLDA0ODw");
    assert_true(is_bytes(msg.knock.key_package, 40) && is_bytes(msg.knock.identity, 60));
    assert_true(is_bytes(msg.knock.authority, 65) && is_bytes(msg.knock.note, 50));
    assert_string_equal(msg.knock.replaces, "AAECAwQFBgcICQoLDA0ODw");
    parse_named(s, "knock", &msg);
    assert_int_equal(msg.knock.authority.len + msg.knock.note.len, 0);
    assert_string_equal(msg.knock.replaces, "");
    parse_named(s, "commit", &msg);
    assert_int_equal(msg.type, IC_SIG_COMMIT);
    assert_true(is_bytes(msg.commit.message, 90) && is_bytes(msg.commit.welcome, 70));
    parse_named(s, "commit: welcome missing", &msg);
    assert_int_equal(msg.commit.welcome.len, 0);
    parse_named(s, "create", &msg);
    assert_true(is_bytes(msg.create.group_info, 90) && is_bytes(msg.create.authority, 65));
    parse_named(s, "decline", &msg);
    assert_false(msg.decline.is_link_expired);
    assert_int_equal(msg.decline.knock.len, IC_KNOCK_ID_LEN);
    parse_named(s, "decline: reason link_expired", &msg);
    assert_true(msg.decline.is_link_expired);
    parse_named(s, "ready: epoch 2^53-1", &msg);
    assert_true(msg.ready.epoch == IC_SIGNAL_COUNT_MAX);
    parse_named(s, "resume", &msg);
    assert_string_equal(msg.resume.meeting, "AAECAwQFBgcICQoLDA0ODw");
    assert_true(msg.resume.log_size == 12);
}

static void a_meeting_that_is_brought_arrives_field_by_field(void **state)
{
    struct suite *s = *state;
    static struct ic_sig_msg msg;
    parse_named(s, "restore", &msg);
    const struct ic_sig_restore *r = &msg.restore;
    assert_int_equal(msg.type, IC_SIG_RESTORE);
    assert_true(is_bytes(r->policy, 80) && is_bytes(r->group_info, 90));
    assert_true(is_bytes(r->identity, 60) && is_bytes(r->authority, 65));
    assert_true(is_bytes(r->proof, IC_ED25519_SIGNATURE_LEN));
    assert_int_equal(r->witness, 6); /* leaf 5 */
    assert_true(r->log.size == 8 && r->log.count == 1);
    assert_int_equal(r->log.roots[0].bytes[31], (uint8_t)(31 * 7 + 3));
    assert_false(r->is_locked);
    assert_int_equal(r->generation, 1);
    assert_true(r->time_ms == 1795910400000);
    parse_named(s, "restore: without host keys", &msg);
    assert_int_equal(r->authority.len + r->witness, 0);
    parse_named(s, "restore: witness 0", &msg);
    assert_int_equal(r->witness, 1);
    parse_named(s, "restore: log of 2^32-1 entries", &msg);
    assert_int_equal(r->log.count, 32);
    parse_named(s, "restore: generation 2^32-1", &msg);
    assert_true(r->generation == UINT32_MAX);
    parse_named(s, "restore: group_info as long as it may be", &msg);
    assert_int_equal(r->group_info.len, IC_RESTORE_GROUP_INFO_MAX);
    parse_named(s, "restore: locked", &msg);
    assert_true(r->is_locked);
}

static void codecs_arrive_in_the_order_of_the_client(void **state)
{
    struct suite *s = *state;
    static struct ic_sig_msg msg;
    parse_named(s, "join: three codecs for video", &msg);
    const struct ic_section *slot = &msg.join.transport.sections[19];
    assert_int_equal(slot->codec_count, 3);
    assert_int_equal(slot->codecs[0].codec, IC_CODEC_AV1);
    assert_int_equal(slot->codecs[0].payload_type, 45);
    assert_int_equal(slot->codecs[1].codec, IC_CODEC_VP9);
    assert_int_equal(slot->codecs[2].codec, IC_CODEC_VP8);
    assert_int_equal(slot->codecs[2].rtx_payload_type, 97);
}

/* The whole of a text is one byte field: the scratch is large enough for it. */
static void the_scratch_holds_whatever_a_text_holds(void **state)
{
    struct suite *s = *state;
    static struct ic_sig_msg msg;
    parse_named(s, "commit: both as long as they may be", &msg);
    assert_int_equal(msg.commit.message.len, IC_COMMIT_MAX);
    assert_int_equal(msg.commit.welcome.len, IC_WELCOME_MAX - 1);
    static const char key[] = "{\"type\":\"note\",\"note\":\"";
    memcpy(s->text, key, sizeof key - 1);
    memset(s->text + sizeof key - 1, 'A', IC_WS_MESSAGE_MAX);
    memcpy(s->text + IC_WS_MESSAGE_MAX - 2, "\"}", 2);
    assert_int_equal(ic_message_parse(s->text, IC_WS_MESSAGE_MAX, scratch, &msg), IC_ERR_INPUT);
}

static void a_failed_parse_leaves_the_output_alone(void **state)
{
    (void)state;
    static struct ic_sig_msg msg, before;
    memset(&msg, 0x5a, sizeof msg);
    before = msg;
    const char *text = "{\"type\":\"media\",\"microphone\":true,\"camera\":0}";
    assert_int_equal(ic_message_parse(text, strlen(text), scratch, &msg), IC_ERR_INPUT);
    assert_memory_equal(&msg, &before, sizeof msg);
}

/* Every beginning of a good message is refused: nothing reads beyond the end (heap copies of the
 * exact size, so that the sanitizer sees one byte too many). */
static void cut_messages_are_refused(void **state)
{
    struct suite *s = *state;
    static struct ic_sig_msg msg;
    compose(s, vector_named(s->client, "join: one camera"));
    for (size_t n = 0; n <= s->len; n++) {
        char *cut = malloc(n + (n == 0));
        memcpy(cut, s->text, n);
        assert_int_equal(ic_message_parse(cut, n, scratch, &msg),
                         n == s->len ? IC_OK : IC_ERR_INPUT);
        free(cut);
    }
}

/* ---- caps ---- */

static enum ic_err check_list(size_t zeros, size_t depth)
{
    static char text[TEXT_CAP];
    size_t n = 0;
    memset(text, '[', depth);
    n += depth;
    for (size_t i = 0; i < zeros; i++) {
        text[n++] = '0';
        text[n++] = ',';
    }
    text[n++] = '0';
    memset(text + n, ']', depth);
    return ic_message_text_check(text, n + depth);
}

static void tokens_are_capped(void **state)
{
    (void)state;
    assert_int_equal(check_list(2046, 1), IC_OK); /* 2 brackets, 2 * 2046 + 1 more: 4,095 */
    assert_int_equal(check_list(2047, 1), IC_ERR_INPUT);
    static char words[2 * (IC_JSON_TOKENS_MAX + 1)];
    memset(words, ' ', sizeof words);
    for (size_t i = 0; i < sizeof words; i += 2)
        words[i] = '0';
    assert_int_equal(ic_message_text_check(words, sizeof words - 2), IC_OK);
    assert_int_equal(ic_message_text_check(words, sizeof words), IC_ERR_INPUT);
    assert_int_equal(ic_message_text_check("[0 0]", 5), IC_OK); /* grammar is not its business */
}

static void depth_is_capped(void **state)
{
    (void)state;
    assert_int_equal(check_list(0, 16), IC_OK);
    assert_int_equal(check_list(0, 17), IC_ERR_INPUT);
    assert_int_equal(ic_message_text_check("]", 1), IC_ERR_INPUT);
    assert_int_equal(ic_message_text_check("[[]][[]]", 8), IC_OK);
    assert_int_equal(ic_message_text_check("\"[[[[[[[[[[[[[[[[[[[[\"", 22), IC_OK);
    assert_int_equal(ic_message_text_check("\"\\\"[[[[[[[[[[[[[[[[[[\"", 22), IC_OK);
}

static void numbers_must_be_whole(void **state)
{
    (void)state;
    static const char *const bad[] = {"7.0", "7e0", "7E0", "-1.", "[0,1e9]", "{\"a\":-0.5}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ic_message_text_check(bad[i], strlen(bad[i])), IC_ERR_INPUT);
    assert_int_equal(ic_message_text_check("[-7,true,\"1.5e3\"]", 17), IC_OK);
}

static void raw_bytes_must_be_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"\"\x80\"", 3},             /* continuation alone */
        {"\"\xc0\xaf\"", 4},         /* two bytes for what fits into one */
        {"\"\xc1\xbf\"", 4},         /* the same */
        {"\"\xe0\x80\xaf\"", 5},     /* three bytes for one */
        {"\"\xe0\x9f\xbf\"", 5},     /* three bytes for two */
        {"\"\xf0\x80\x80\xaf\"", 6}, /* four bytes for one */
        {"\"\xed\xa0\x80\"", 5},     /* high surrogate */
        {"\"\xed\xbf\xbf\"", 5},     /* low surrogate */
        {"\"\xf4\x90\x80\x80\"", 6}, /* beyond U+10FFFF */
        {"\"\xf5\x80\x80\x80\"", 6}, /* never a first byte */
        {"\"\xff\"", 3},
        {"\"\xc3\"", 3},     /* cut by the quote */
        {"\"\xe2\x82\"", 4}, /* cut by the quote */
        {"\"\xc3", 2},       /* cut by the end */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ic_message_text_check(bad[i].bytes, bad[i].len), IC_ERR_INPUT);
    assert_int_equal(ic_message_text_check("\"\xf4\x8f\xbf\xbf\"", 6), IC_OK);
    assert_int_equal(ic_message_text_check("\"\xed\x9f\xbf\"", 5), IC_OK);
}

/* ---- writing ---- */

static struct ic_server_transport server_transport(void)
{
    struct ic_server_transport t = {
        .ufrag = "h7Qp+Zk2/xLm", .pwd = "Kp3/vQ1pX9sLw2TbA7Ym+R5c", .cname = "Zk3vQ1pX9sLw2TbA"};
    for (size_t i = 0; i < IC_CANDIDATES_MAX; i++)
        t.candidates[i] = ic_addr_v4(255, 255, 255, (uint8_t)(248 + i), 65535);
    t.candidates[0] = (struct ic_addr){.port = 65535};
    memset(t.candidates[0].ip, 0xab, sizeof t.candidates[0].ip);
    t.candidate_count = IC_CANDIDATES_MAX;
    for (size_t i = 0; i < IC_SLOTS_MAX; i++) {
        struct ic_slot_info *slot = &t.slots[i];
        (void)snprintf(slot->mid, sizeof slot->mid, "m~\"%zu", i);
        slot->mid[2] = '|';
        slot->kind = i < IC_AUDIO_SLOTS ? IC_KIND_AUDIO : IC_KIND_VIDEO;
        slot->ssrc = UINT32_MAX - (uint32_t)i;
        slot->rtx_ssrc = i < IC_AUDIO_SLOTS ? 0 : (uint32_t)i;
    }
    t.slot_count = IC_SLOTS_MAX;
    return t;
}

static const struct ic_sig_person away = {
    .peer = UINT64_MAX,
    .leaf = IC_MLS_LEAVES_MAX - 1,
    .state = IC_SIG_AWAY,
    .microphone = true,
};

static const uint8_t some[IC_COMMIT_MAX] = {0xff, 0xfe, 0xfd, 1};
static const struct ic_merkle_hash hashes[53] = {{{0xff, 0xfe}}, {{1}}};
static const struct ic_sig_head head = {
    .size = IC_SIGNAL_COUNT_MAX,
    .checkpoint = "\"localhost\\\n7\n\xe2\x80\x94 localhost AAAA=\n",
};

static void write_of_group(struct ic_wr *w, unsigned which)
{
    struct ic_sig_waiting waiting = {.session = {0xff, 0xfe},
                                     .knock = {0xfe},
                                     .policy = {some, IC_POLICY_BYTES_MAX},
                                     .is_running = true,
                                     .log_key = "localhost+0123abcd+AfPCd0kDN+xyz="};
    struct ic_sig_knocking knock = {.knock = {7},
                                    .key_package = {some, IC_MLS_KEYPACKAGE_MAX},
                                    .identity = hashes[0].bytes,
                                    .note = {some, which == 3 ? IC_NOTE_MAX : 0},
                                    .replaces = which == 3 ? 0 : IC_SIG_NO_LEAF};
    struct ic_sig_welcomed welcomed = {.welcome = {some, IC_WELCOME_MAX - 4096},
                                       .commit = {some, IC_COMMIT_MAX - 4096},
                                       .tree = hashes[1].bytes,
                                       .frontier = hashes,
                                       .frontier_count = which == 5 ? 53 : 0,
                                       .head = head};
    switch (which) {
    case 0:
        ic_message_write_waiting(w, &waiting);
        return;
    case 1:
        ic_message_write_created(w, &head);
        return;
    case 2:
    case 3:
        ic_message_write_knock(w, &knock);
        return;
    case 4:
        ic_message_write_knock_gone(w, hashes[0].bytes);
        return;
    case 5:
    case 6:
        ic_message_write_welcome(w, &welcomed);
        return;
    case 7:
        ic_message_write_commit(w, (struct ic_mls_span){some, IC_COMMIT_MAX}, &head);
        return;
    case 8:
        ic_message_write_message(w, (struct ic_mls_span){some, IC_PRIVATE_MAX});
        return;
    case 9:
        ic_message_write_epoch_ready(w, IC_SIGNAL_COUNT_MAX);
        return;
    default:
        ic_message_write_codec(w, (enum ic_codec)(IC_CODEC_VP8 + which - 10));
    }
}

static void write_of_people(struct ic_wr *w, unsigned which)
{
    struct ic_server_transport t = server_transport();
    struct ic_sig_assignment carried = {.mid = "3", .peer = 1, .source = IC_SOURCE_CAMERA};
    struct ic_sig_assignment free_slot = {.mid = "4"};
    switch (which) {
    case 0:
        ic_message_write_joined(w, 1, &t, NULL, IC_ROOM_MEMBERS_MAX);
        return;
    case 1:
        ic_message_write_resumed(w, 0x0123456789abcdef, 7, true);
        return;
    case 2:
        ic_message_write_peer(w, &away);
        return;
    case 3:
        ic_message_write_pong(w, UINT32_MAX);
        return;
    case 4:
        ic_message_write_draining(w);
        return;
    case 5:
        ic_message_write_peers_open(w);
        for (unsigned i = 0; i < IC_SIGNAL_PEERS_MAX; i++)
            ic_message_write_peers_item(w, &away, i == 0);
        ic_message_write_peers_close(w, true);
        return;
    case 6:
        ic_message_write_peers_open(w);
        ic_message_write_peers_close(w, false);
        return;
    case 7:
        ic_message_write_slots_open(w);
        ic_message_write_slots_item(w, &carried, true);
        ic_message_write_slots_item(w, &free_slot, false);
        ic_message_write_slots_close(w);
        return;
    case 8:
        ic_message_write_restored(w, &(struct ic_sig_restored){.session = {0xff, 0xfe},
                                                               .peer = UINT64_MAX,
                                                               .leaf = IC_MLS_LEAVES_MAX - 1,
                                                               .epoch = IC_SIGNAL_COUNT_MAX,
                                                               .log_key = "localhost+0123abcd+Af",
                                                               .head = head});
        return;
    case 9:
        ic_message_write_moving(w, "de1.meet.example.org");
        return;
    case 10:
        ic_message_write_media_moving(w);
        return;
    default:
        ic_message_write_gone(w, 1, (enum ic_sig_gone)(which - 11));
    }
}

#define OF_GROUP      13
#define OF_PEOPLE     14
#define REFUSALS      20
#define ERRORS        13
#define WRITTEN_COUNT (OF_GROUP + OF_PEOPLE + REFUSALS + ERRORS)

static void write_one(struct ic_wr *w, unsigned which)
{
    static const enum ic_sig_type requests[] = {IC_SIG_CREATE, IC_SIG_COMMIT, IC_SIG_MESSAGE,
                                                IC_SIG_DECLINE, IC_SIG_AUTHORITY};
    unsigned at = which;
    if (at < OF_GROUP) {
        write_of_group(w, at);
        return;
    }
    at -= OF_GROUP;
    if (at < OF_PEOPLE) {
        write_of_people(w, at);
        return;
    }
    at -= OF_PEOPLE;
    if (at < REFUSALS)
        ic_message_write_refused(w, requests[at / 4], (enum ic_sig_refusal)(at % 4));
    else
        ic_message_write_error(w, (enum ic_sig_error)(at - REFUSALS), at % 2 == 0);
}

static void what_is_written_fits_the_schema(void **state)
{
    struct suite *s = *state;
    for (unsigned i = 0; i < WRITTEN_COUNT; i++) {
        struct ic_wr w = ic_wr_init((uint8_t *)s->text, TEXT_CAP);
        write_one(&w, i);
        assert_true(ic_wr_ok(&w));
        if (!is_server_message(s, s->text, w.len))
            fail_msg("%u: %.*s", i, (int)w.len, s->text);
    }
}

static void a_small_buffer_is_never_overrun(void **state)
{
    struct suite *s = *state;
    for (unsigned i = 0; i < WRITTEN_COUNT; i++) {
        struct ic_wr whole = ic_wr_init((uint8_t *)s->text, TEXT_CAP);
        write_one(&whole, i);
        size_t step = 1 + whole.len / 500;
        for (size_t cap = 0; cap < whole.len; cap += step) {
            uint8_t *small = malloc(cap + (cap == 0));
            struct ic_wr w = ic_wr_init(small, cap);
            write_one(&w, i);
            assert_false(ic_wr_ok(&w));
            assert_true(w.len <= cap);
            free(small);
        }
    }
}

static void a_checkpoint_comes_back_as_it_was(void **state)
{
    struct suite *s = *state;
    char every[0x80];
    for (int i = 1; i < 0x80; i++)
        every[i - 1] = (char)i;
    every[0x7f] = '\0';
    const char *texts[] = {head.checkpoint, every, "\xd8\xb9\xd9\x84\xd9\x8a", "\\u0041"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ic_wr w = ic_wr_init((uint8_t *)s->text, TEXT_CAP);
        ic_message_write_created(&w, &(struct ic_sig_head){.size = 3, .checkpoint = texts[i]});
        json_t *root = json_loadb(s->text, w.len, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(root);
        const json_t *log = json_object_get(root, "log");
        assert_string_equal(json_string_value(json_object_get(log, "checkpoint")), texts[i]);
        assert_int_equal(json_integer_value(json_object_get(log, "size")), 3);
        json_decref(root);
    }
}

static void bytes_come_back_as_they_were(void **state)
{
    struct suite *s = *state;
    for (size_t n = 1; n < 70; n++) {
        struct ic_wr w = ic_wr_init((uint8_t *)s->text, TEXT_CAP);
        uint8_t bytes[70], back[70];
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)(251 * i + n);
        ic_message_write_message(&w, (struct ic_mls_span){bytes, n});
        json_t *root = json_loadb(s->text, w.len, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(root);
        const json_t *text = json_object_get(root, "message");
        assert_int_equal(
            ic_base64url_decode(json_string_value(text), json_string_length(text), back, n), IC_OK);
        assert_memory_equal(back, bytes, n);
        json_decref(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_vectors_are_decided_as_they_say),
        cmocka_unit_test(server_vectors_are_decided_as_they_say),
        cmocka_unit_test(schema_decides_the_vectors_in_the_same_way),
        cmocka_unit_test(join_arrives_field_by_field),
        cmocka_unit_test(messages_of_the_group_arrive_field_by_field),
        cmocka_unit_test(a_meeting_that_is_brought_arrives_field_by_field),
        cmocka_unit_test(codecs_arrive_in_the_order_of_the_client),
        cmocka_unit_test(the_scratch_holds_whatever_a_text_holds),
        cmocka_unit_test(a_failed_parse_leaves_the_output_alone),
        cmocka_unit_test(cut_messages_are_refused),
        cmocka_unit_test(tokens_are_capped),
        cmocka_unit_test(depth_is_capped),
        cmocka_unit_test(numbers_must_be_whole),
        cmocka_unit_test(raw_bytes_must_be_utf8),
        cmocka_unit_test(what_is_written_fits_the_schema),
        cmocka_unit_test(a_small_buffer_is_never_overrun),
        cmocka_unit_test(a_checkpoint_comes_back_as_it_was),
        cmocka_unit_test(bytes_come_back_as_they_were),
    };
    ic_message_init(1);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
