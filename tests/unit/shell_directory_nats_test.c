/* The directory of several nodes on real servers: what every store does; where the bucket stands;
 * and that whatever is wrong with it ends in "cannot be reached", soon. */
#include <nats/nats.h>

#include "support/directory_client.h"
#include "support/nats_server.h"

#include "shell/directory_nats.h"

#define WAIT_MS 20000 /* for an election, and for a machine that stands still */

struct node {
    struct ic_config config;
    struct ic_mailbox letters;
    struct ic_bus *bus;
    struct ic_directory_store store;
    struct directory_client client;
};

static const char *const none[] = {NULL};

static void node_start(struct node *n, const struct nats_servers *servers, const char *tag)
{
    static const uint8_t id[IC_NODE_ID_LEN] = {9};
    char why[IC_CONFIG_WHY_MAX];
    nats_config(servers, tag, &n->config);
    assert_int_equal(ic_mailbox_init(&n->letters, sizeof(struct ic_bus_letter), 64), IC_OK);
    n->bus = ic_bus_open(&n->config, id, &n->letters, why);
    if (n->bus == NULL)
        fail_msg("%s", why);
    client_init(&n->client);
    assert_int_equal(ic_directory_nats_open(n->bus, &n->config, &n->store), IC_OK);
    client_start(&n->client, &n->store);
}

static void node_stop(struct node *n)
{
    client_stop(&n->client);
    ic_bus_close(n->bus);
    ic_mailbox_deinit(&n->letters);
}

static void node_await(struct node *n, enum ic_directory_nats_state state)
{
    for (int ms = 0; ic_directory_nats_state(&n->store) != state; ms += 20) {
        assert_true(ms < WAIT_MS);
        nats_sleep_ms(20);
    }
}

/* A store that could not be reached may have done what it was asked: look, and ask again if not. */
static struct ic_directory_reply run_surely(void *store, const struct ic_directory_request *request)
{
    struct ic_directory_request get = *request;
    struct ic_directory_reply reply = client_run(store, request);
    struct ic_directory_entry entry;
    get.kind = IC_DIRECTORY_GET;
    for (int ms = 0; reply.result == IC_ERR_SYSTEM; ms += 100) {
        assert_true(ms < WAIT_MS);
        nats_sleep_ms(100);
        reply = client_run(store, &get);
        if (request->kind == IC_DIRECTORY_GET || reply.result == IC_ERR_SYSTEM)
            continue;
        bool is_ours = reply.result == IC_OK &&
                       ic_directory_entry_parse(reply.bytes, reply.len, &entry) == IC_OK &&
                       entry.generation == request->entry.generation &&
                       memcmp(entry.node, request->entry.node, sizeof entry.node) == 0;
        if (!is_ours)
            reply = client_run(store, request);
    }
    return reply;
}

static void raw_put(struct node *n, uint8_t meeting, const void *bytes, int len)
{
    char key[96] = "$KV." IC_DIRECTORY_BUCKET ".";
    jsCtx *js = NULL;
    size_t at = strlen(key);
    snprintf(&key[at], sizeof key - at, "%02x%030d", meeting, 0);
    assert_int_equal(natsConnection_JetStream(&js, ic_bus_connection(n->bus), NULL), NATS_OK);
    assert_int_equal(js_Publish(NULL, js, key, bytes, len, NULL, NULL), NATS_OK);
    jsCtx_Destroy(js);
}

static void raw_delete(struct node *n, uint8_t meeting)
{
    char key[96];
    jsCtx *js = NULL;
    kvStore *kv = NULL;
    snprintf(key, sizeof key, "%02x%030d", meeting, 0);
    assert_int_equal(natsConnection_JetStream(&js, ic_bus_connection(n->bus), NULL), NATS_OK);
    assert_int_equal(js_KeyValue(&kv, js, IC_DIRECTORY_BUCKET), NATS_OK); /* it is a bucket */
    assert_int_equal(kvStore_Delete(kv, key), NATS_OK);
    kvStore_Destroy(kv);
    jsCtx_Destroy(js);
}

static void what_others_wrote(struct node *n)
{
    struct ic_directory_request get = directory_request(IC_DIRECTORY_GET, 51, 0, 0, 0);
    struct ic_directory_request q = directory_request(IC_DIRECTORY_SWAP, 51, 1, 1, 0);
    struct ic_directory_entry entry;
    uint8_t bytes[200] = {1};
    for (int len = 1; len < 200; len += 44) { /* 89 of them too: generation 0 */
        raw_put(n, 51, bytes, len);
        struct ic_directory_reply reply = run_surely(&n->client, &get);
        assert_int_equal(reply.result, IC_OK);
        assert_int_equal(ic_directory_entry_parse(reply.bytes, reply.len, &entry), IC_ERR_INPUT);
        q.revision = reply.revision;
        assert_int_equal(client_run(&n->client, &q).result, IC_ERR_STATE);
    }
    raw_delete(n, 51);
    assert_int_equal(run_surely(&n->client, &get).result, IC_ERR_GONE);
    q.revision = 0;
    assert_int_equal(run_surely(&n->client, &q).result, IC_OK);
}

static void nats_conforms(void **state)
{
    (void)state;
    struct nats_servers servers;
    static struct node a, b;
    nats_start_all(&servers, 1, none);
    node_start(&a, &servers, NULL);
    node_await(&a, IC_DIRECTORY_NATS_READY);
    directory_conforms(&a.client, run_surely);
    node_start(&b, &servers, NULL);
    node_await(&b, IC_DIRECTORY_NATS_READY);
    directory_is_one(&a.client, &b.client, run_surely);
    clients_race(&a.client, &b.client);
    node_stop(&b);
    what_others_wrote(&a);
    node_stop(&a);
    nats_stop_all(&servers);
}

static void assert_unreachable(struct node *n)
{
    struct ic_directory_request get = directory_request(IC_DIRECTORY_GET, 1, 0, 0, 0);
    struct ic_directory_request q = directory_request(IC_DIRECTORY_SWAP, 1, 1, 1, 0);
    struct ic_time before = ic_clock_now();
    assert_int_equal(client_run(&n->client, &get).result, IC_ERR_SYSTEM);
    assert_int_equal(client_run(&n->client, &q).result, IC_ERR_SYSTEM);
    assert_true(ic_time_sub(ic_clock_now(), before).us < 1000 * WAIT_MS / 2); /* it does not hang */
}

static void a_server_that_is_gone_is_not_empty(void **state)
{
    (void)state;
    struct nats_servers servers;
    static struct node n;
    struct ic_directory_request get = directory_request(IC_DIRECTORY_GET, 1, 0, 0, 0);
    struct ic_directory_request q = directory_request(IC_DIRECTORY_SWAP, 1, 1, 1, 0);
    nats_start_all(&servers, 1, none);
    nats_stop(&servers, 0);
    node_start(&n, &servers, NULL);
    assert_unreachable(&n); /* it never was there */
    nats_start(&servers, 0);
    node_await(&n, IC_DIRECTORY_NATS_READY);
    assert_int_equal(run_surely(&n.client, &q).result, IC_OK);
    nats_stop(&servers, 0);
    assert_unreachable(&n);
    node_await(&n, IC_DIRECTORY_NATS_WAITING);
    nats_start(&servers, 0);
    node_await(&n, IC_DIRECTORY_NATS_READY);
    struct ic_directory_reply reply = run_surely(&n.client, &get);
    directory_assert(&reply, 1, 1);
    nats_stop(&servers, 0); /* and back with an empty disk: the bucket is made again */
    nats_wipe(&servers, 0);
    node_await(&n, IC_DIRECTORY_NATS_WAITING);
    nats_start(&servers, 0);
    node_await(&n, IC_DIRECTORY_NATS_READY);
    assert_int_equal(run_surely(&n.client, &get).result, IC_ERR_GONE);
    assert_int_equal(run_surely(&n.client, &q).result, IC_OK);
    assert_true(n.client.missed >= 3); /* each time it could not be asked */
    node_stop(&n);
    nats_stop_all(&servers);
}

static int64_t replicas_of(struct node *n)
{
    jsCtx *js = NULL;
    jsStreamInfo *info = NULL;
    assert_int_equal(natsConnection_JetStream(&js, ic_bus_connection(n->bus), NULL), NATS_OK);
    for (int ms = 0; js_GetStreamInfo(&info, js, "KV_" IC_DIRECTORY_BUCKET, NULL, NULL) != NATS_OK;
         ms += 100) {
        assert_true(ms < WAIT_MS);
        nats_sleep_ms(100);
    }
    int64_t replicas = info->Config->Replicas;
    assert_int_equal(info->Config->Placement->TagsLen, 1);
    jsStreamInfo_Destroy(info);
    jsCtx_Destroy(js);
    return replicas;
}

/* Until there is a leader again. */
static void await_answer(struct node *n, const struct ic_directory_request *request)
{
    for (int ms = 0; client_run(&n->client, request).result != IC_OK; ms += 100) {
        assert_true(ms < WAIT_MS);
        nats_sleep_ms(100);
    }
}

static void the_bucket_stands_where_its_tags_say(void **state)
{
    (void)state;
    static const char *const tags[] = {"country:de", "country:de", "country:us"};
    struct nats_servers servers;
    static struct node de, fr;
    nats_start_all(&servers, 3, tags);
    node_start(&fr, &servers, "country:fr");
    node_await(&fr, IC_DIRECTORY_NATS_REFUSED); /* nobody has this tag: nowhere else */
    assert_unreachable(&fr);
    node_start(&de, &servers, "country:de");
    node_await(&de, IC_DIRECTORY_NATS_READY);
    assert_int_equal(replicas_of(&de), 2); /* two servers there */
    directory_conforms(&de.client, run_surely);
    node_await(&fr, IC_DIRECTORY_NATS_ELSEWHERE);
    assert_unreachable(&fr);
    node_stop(&fr);
    struct ic_directory_request get = directory_request(IC_DIRECTORY_GET, 1, 0, 0, 0);
    struct ic_directory_request q = directory_request(IC_DIRECTORY_SWAP, 1, 7, 3, 0);
    q.revision = run_surely(&de.client, &get).revision;
    nats_stop(&servers, 0); /* one of two: no majority, nothing is set */
    assert_int_equal(client_run(&de.client, &q).result, IC_ERR_SYSTEM);
    nats_start(&servers, 0);
    await_answer(&de, &get);
    assert_true(replicas_of(&de) == 2);
    node_stop(&de);
    nats_stop_all(&servers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nats_conforms),
        cmocka_unit_test(a_server_that_is_gone_is_not_empty),
        cmocka_unit_test(the_bucket_stands_where_its_tags_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
