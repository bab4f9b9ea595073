#include "shell/directory_nats.h"

#include <nats/nats.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM     "KV_" IC_DIRECTORY_BUCKET
#define KEYS       "$KV." IC_DIRECTORY_BUCKET ".>"
#define KEY_PREFIX "$KV." IC_DIRECTORY_BUCKET "."
#define KEY_CAP    (sizeof KEY_PREFIX + 2 * IC_MEETING_ID_LEN)

#define NS_PER_S   (1000LL * 1000 * 1000)
#define NS_PER_DAY (86400 * NS_PER_S)

#define NO_CODE ((jsErrCode)0) /* the library has no name for it */

/* One byte more than an entry has, so that a longer one stays malformed. */
#define ENTRY_CAP (IC_DIRECTORY_ENTRY_LEN + 1)

struct directory {
    struct ic_bus *bus;
    const struct ic_config *config;
    jsCtx *js;
    uint64_t disruptions; /* of the bus, when the bucket was looked at */
    _Atomic int state;
    uint8_t bytes[ENTRY_CAP]; /* of the last answer */
};

/* ---- the bucket ---- */

static bool has_tag(const jsPlacement *placement, const char *tag)
{
    for (int i = 0; i < placement->TagsLen; i++)
        if (strcmp(placement->Tags[i], tag) == 0)
            return true;
    return false;
}

/* It may only stand on servers with all of our tags, in our cluster. */
static bool is_placed(const struct ic_config *config, const jsStreamInfo *info)
{
    const jsPlacement *placement = info->Config->Placement;
    if (info->Cluster == NULL || info->Cluster->Name == NULL)
        return config->placement_tag_count == 0; /* one server without a cluster: as it is */
    if (strcmp(info->Cluster->Name, config->cluster_name) != 0)
        return false;
    for (size_t i = 0; i < config->placement_tag_count; i++)
        if (placement == NULL || !has_tag(placement, config->placement_tags[i]))
            return false;
    return true;
}

static natsStatus add_stream(struct directory *d, int64_t replicas, jsErrCode *code)
{
    static const char *subjects[] = {KEYS};
    const char *tags[IC_CONFIG_TAGS_MAX];
    jsStreamConfig stream;
    jsPlacement placement = {.Cluster = d->config->cluster_name,
                             .TagsLen = (int)d->config->placement_tag_count};
    for (size_t i = 0; i < d->config->placement_tag_count; i++)
        tags[i] = d->config->placement_tags[i];
    placement.Tags = placement.TagsLen > 0 ? tags : NULL;
    natsStatus status = jsStreamConfig_Init(&stream);
    if (status != NATS_OK)
        return status;
    stream.Name = STREAM;
    stream.Description = "In Camera: which node has which meeting";
    stream.Subjects = subjects;
    stream.SubjectsLen = 1;
    stream.MaxMsgsPerSubject = 1;
    stream.MaxMsgs = IC_DIRECTORY_ENTRIES_MAX;
    stream.MaxAge = IC_DIRECTORY_UNUSED_DAYS * NS_PER_DAY;
    stream.MaxMsgSize = 1024; /* an entry and its headers */
    stream.Discard = js_DiscardNew;
    stream.Storage = js_FileStorage;
    stream.Replicas = replicas;
    stream.AllowRollup = true; /* what makes it a bucket for the tools of NATS, too */
    stream.DenyDelete = true;
    stream.Placement = &placement;
    jsOptions wait = {.Wait = IC_PLACE_DIRECTORY_MS};
    return js_AddStream(NULL, d->js, &stream, &wait, code);
}

static bool is_too_few_servers(jsErrCode code)
{
    return code == JSClusterNoPeersErr || code == JSInsufficientResourcesErr ||
           code == JSStreamReplicasNotSupportedErr;
}

static enum ic_directory_nats_state make(struct directory *d)
{
    jsErrCode code = NO_CODE;
    for (int64_t replicas = IC_DIRECTORY_REPLICAS_MAX; replicas > 0; replicas--) {
        code = NO_CODE;
        if (add_stream(d, replicas, &code) == NATS_OK)
            return IC_DIRECTORY_NATS_READY;
        if (code == JSStreamNameExistErr)
            return IC_DIRECTORY_NATS_WAITING; /* another node was first: look at it */
        if (!is_too_few_servers(code))
            break;
    }
    return is_too_few_servers(code) || code == JSClusterTagsErr || code == JSNotEnabledForAccountErr
               ? IC_DIRECTORY_NATS_REFUSED
               : IC_DIRECTORY_NATS_WAITING;
}

/* Find the bucket, or make it. */
static enum ic_directory_nats_state find(struct directory *d)
{
    jsErrCode code = NO_CODE;
    jsStreamInfo *info = NULL;
    jsOptions wait = {.Wait = IC_DIRECTORY_CALL_MS};
    natsStatus status = js_GetStreamInfo(&info, d->js, STREAM, &wait, &code);
    if (status == NATS_NOT_FOUND || code == JSStreamNotFoundErr) {
        enum ic_directory_nats_state made = make(d);
        if (made != IC_DIRECTORY_NATS_READY)
            return made;
        code = NO_CODE;
        status = js_GetStreamInfo(&info, d->js, STREAM, &wait, &code);
    }
    if (code == JSNotEnabledForAccountErr || status == NATS_NOT_PERMITTED)
        return IC_DIRECTORY_NATS_REFUSED;
    if (status != NATS_OK)
        return IC_DIRECTORY_NATS_WAITING;
    bool is_good = is_placed(d->config, info) && info->Config->MaxMsgsPerSubject == 1;
    jsStreamInfo_Destroy(info);
    return is_good ? IC_DIRECTORY_NATS_READY : IC_DIRECTORY_NATS_ELSEWHERE;
}

static bool make_context(struct directory *d)
{
    jsOptions wait = {.Wait = IC_DIRECTORY_CALL_MS};
    return d->js != NULL ||
           natsConnection_JetStream(&d->js, ic_bus_connection(d->bus), &wait) == NATS_OK;
}

/* What was made of the connection. */
static void let_go(struct directory *d)
{
    if (d->js != NULL)
        jsCtx_Destroy(d->js);
    d->js = NULL;
}

/* Usable: looked at again after each reconnect and each failure. Nobody listens to what is set: so
 * no node hears of a meeting that it was not asked for. */
static bool pulse(void *context)
{
    struct directory *d = context;
    uint64_t disruptions = atomic_load(&ic_bus_counters(d->bus)->disruptions);
    bool is_same = disruptions == d->disruptions && d->js != NULL;
    if (ic_bus_is_closed(d->bus)) {
        let_go(d);
        ic_bus_tend(d->bus);
    }
    if (!ic_bus_is_up(d->bus)) {
        atomic_store(&d->state, IC_DIRECTORY_NATS_WAITING);
        return false;
    }
    if (is_same && atomic_load(&d->state) == IC_DIRECTORY_NATS_READY)
        return false;
    enum ic_directory_nats_state state = make_context(d) ? find(d) : IC_DIRECTORY_NATS_WAITING;
    d->disruptions = disruptions;
    atomic_store(&d->state, state);
    return state == IC_DIRECTORY_NATS_READY;
}

/* ---- requests ---- */

static void write_key(const uint8_t *meeting, char out[static KEY_CAP])
{
    size_t len = strlen(KEY_PREFIX);
    memcpy(out, KEY_PREFIX, len + 1);
    for (size_t i = 0; i < IC_MEETING_ID_LEN; i++)
        snprintf(&out[len + 2 * i], 3, "%02x", meeting[i]);
}

/* An administrator has deleted the entry by hand: there is none, and the next one goes there. */
static bool is_deleted(natsMsg *msg)
{
    const char *operation = NULL;
    return natsMsgHeader_Get(msg, "KV-Operation", &operation) == NATS_OK && operation != NULL &&
           (strcmp(operation, "DEL") == 0 || strcmp(operation, "PURGE") == 0);
}

/* sequence: of what stands there, 0: nothing. */
static enum ic_err get(struct directory *d, const char *key, struct ic_directory_reply *reply,
                       uint64_t *sequence)
{
    jsErrCode code = NO_CODE;
    natsMsg *msg = NULL;
    jsOptions wait = {.Wait = IC_DIRECTORY_CALL_MS};
    natsStatus status = js_GetLastMsg(&msg, d->js, STREAM, key, &wait, &code);
    *sequence = 0;
    if (code == JSNoMessageFoundErr)
        return IC_ERR_GONE;
    if (status != NATS_OK)
        return IC_ERR_SYSTEM; /* a bucket that is not there knows nothing about the meeting */
    *sequence = natsMsg_GetSequence(msg);
    enum ic_err result = is_deleted(msg) ? IC_ERR_GONE : IC_OK;
    int len = natsMsg_GetDataLength(msg);
    if (result == IC_OK) {
        reply->revision = *sequence;
        reply->len = len < (int)sizeof d->bytes ? (size_t)len : sizeof d->bytes;
        if (reply->len > 0)
            memcpy(d->bytes, natsMsg_GetData(msg), reply->len);
        reply->bytes = d->bytes;
    }
    natsMsg_Destroy(msg);
    return result;
}

static enum ic_err set(struct directory *d, const char *key, uint64_t sequence,
                       const struct ic_directory_request *request, struct ic_directory_reply *reply)
{
    jsErrCode code = NO_CODE;
    jsPubAck *ack = NULL;
    jsPubOptions options;
    struct ic_wr w = ic_wr_init(d->bytes, sizeof d->bytes);
    ic_directory_entry_write(&w, &request->entry);
    if (jsPubOptions_Init(&options) != NATS_OK)
        return IC_ERR_SYSTEM;
    options.MaxWait = IC_DIRECTORY_CALL_MS;
    options.ExpectStream = STREAM;
    options.ExpectLastSubjectSeq = sequence;
    options.ExpectNoMessage = sequence == 0;
    natsStatus status = js_Publish(&ack, d->js, key, d->bytes, (int)w.len, &options, &code);
    if (status == NATS_OK) {
        reply->revision = ack->Sequence;
        reply->bytes = d->bytes;
        reply->len = w.len;
        jsPubAck_Destroy(ack);
        return IC_OK;
    }
    if (code == JSStreamWrongLastSequenceErr)
        return IC_ERR_STATE;
    return code == JSStreamStoreFailedErr ? IC_ERR_FULL : IC_ERR_SYSTEM;
}

static struct ic_directory_reply run(void *context, const struct ic_directory_request *request)
{
    struct directory *d = context;
    struct ic_directory_reply reply = {.token = request->token, .result = IC_ERR_SYSTEM};
    char key[KEY_CAP];
    uint64_t sequence;
    if (atomic_load(&d->state) != IC_DIRECTORY_NATS_READY || !ic_bus_is_up(d->bus))
        return reply;
    write_key(request->entry.meeting, key);
    reply.result = get(d, key, &reply, &sequence);
    if (request->kind == IC_DIRECTORY_SWAP) {
        reply.result = ic_directory_may_swap(&reply, request);
        if (reply.result == IC_OK)
            reply.result = set(d, key, sequence, request, &reply);
    }
    if (reply.result == IC_ERR_SYSTEM)
        atomic_store(&d->state, IC_DIRECTORY_NATS_WAITING); /* the next pulse looks */
    if (reply.result != IC_OK)
        reply = (struct ic_directory_reply){.token = request->token, .result = reply.result};
    return reply;
}

/* ---- life ---- */

static void close_all(void *context)
{
    struct directory *d = context;
    let_go(d);
    free(d);
}

enum ic_err ic_directory_nats_open(struct ic_bus *bus, const struct ic_config *config,
                                   struct ic_directory_store *out)
{
    struct directory *d = calloc(1, sizeof *d);
    if (d == NULL)
        return IC_ERR_SYSTEM;
    d->bus = bus;
    d->config = config;
    *out =
        (struct ic_directory_store){.context = d, .run = run, .pulse = pulse, .close = close_all};
    return IC_OK;
}

enum ic_directory_nats_state ic_directory_nats_state(const struct ic_directory_store *store)
{
    const struct directory *d = store->context;
    return (enum ic_directory_nats_state)atomic_load(&d->state);
}
