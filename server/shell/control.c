#include "shell/control.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "shell/clock.h"
#include "shell/cluster_thread.h"

#define LETTERS_MAX 2048
#define REPLIES_MAX 1024
#define ANSWERS_MAX 1024
#define CATCH_UP_MS 5 /* a worker that does not keep up is tried again */
#define DATE_MS     1000
#define PAPERS_MS   5000 /* so often the files of the papers are looked at */

/* ---- what the hub wants done ---- */

static void send_to(struct ic_control *c, uint32_t worker, const struct ic_cmd *cmd)
{
    IC_ASSERT(worker < c->worker_count);
    if (ic_worker_thread_command(c->workers[worker], cmd) == IC_OK)
        return;
    if (cmd->kind == IC_CMD_PEER_ADD)
        ic_spread_forget(c->spread, cmd->peer);
    /* The hub's own time-out tells the client to retry. */
    ic_log_write(&c->log, IC_LOG_WARN, "worker_busy",
                 IC_LOG_FIELDS(IC_LOG_NUMBER("worker", worker)));
}

static void send_command(struct ic_control *c, uint32_t home, const struct ic_cmd *cmd)
{
    if (c->relays != NULL && ic_relay_control_cmd(c->relays, cmd))
        return; /* about somebody whose media another node carries */
    uint64_t workers = ic_spread_route(c->spread, c->loop.now, home, cmd);
    for (uint32_t i = 0; i < c->worker_count; i++)
        if ((workers >> i & 1) != 0)
            send_to(c, i, cmd);
}

/* What workers are told of relays; true when they have it all. */
static bool drain_spread(struct ic_control *c)
{
    uint32_t worker;
    const struct ic_cmd *cmd;
    while ((cmd = ic_spread_next(c->spread, &worker)) != NULL) {
        if (ic_worker_thread_command(c->workers[worker], cmd) != IC_OK)
            return false;
        ic_spread_taken(c->spread);
    }
    return true;
}

/* What changes a group, or goes on with one. */
static bool is_fenced(enum ic_store_kind kind)
{
    return kind == IC_STORE_GROUP_BEGIN || kind == IC_STORE_GROUP_RESTORE ||
           kind == IC_STORE_GROUP_COMMIT || kind == IC_STORE_GROUP_RECORD;
}

static void ask_store(struct ic_control *c, const struct ic_store_request *asked)
{
    struct ic_store_request own = *asked, *request = &own;
    bool may = !is_fenced(own.kind) || ic_gate_fence(c->gate, own.meeting, &own.fence);
    if (may && ic_store_thread_ask(c->store, request) == IC_OK)
        return;
    struct ic_store_reply busy = {
        .kind = request->kind, .token = request->token, .n = request->n, .result = IC_ERR_FULL};
    memcpy(busy.meeting, request->meeting, sizeof busy.meeting);
    ic_hub_on_store(c->hub, c->loop.now, &busy);
}

static void write_log(struct ic_control *c, const struct ic_hub_out *out)
{
    ic_log_write(
        &c->log, IC_LOG_INFO, out->text,
        IC_LOG_FIELDS(IC_LOG_NUMBER("peer", out->log_peer), IC_LOG_NUMBER("room", out->log_room),
                      IC_LOG_TEXT("detail", out->log_detail == NULL ? "" : out->log_detail)));
}

static size_t sign_receipt(void *context, const struct ic_receipt_facts *facts,
                           uint8_t note[static IC_RECEIPT_MAX],
                           uint8_t sha256[static IC_SHA256_LEN])
{
    struct ic_control *c = context;
    size_t len = ic_receipt_writer_sign(&c->receipts, facts, note, sha256);
    if (len == 0)
        ic_log_write(&c->log, IC_LOG_ERROR, "receipt_not_written", NULL);
    return len;
}

static void write_receipt(struct ic_control *c, const struct ic_receipt_facts *facts)
{
    uint8_t note[IC_RECEIPT_MAX], sha256[IC_SHA256_LEN] = {0};
    uint64_t token = facts->token; /* lent until the next call of the hub */
    size_t len = sign_receipt(c, facts, note, sha256);
    ic_hub_on_receipt(c->hub, c->loop.now, token, note, len, sha256);
}

static void carry_out(struct ic_control *c, const struct ic_hub_out *out)
{
    switch (out->kind) {
    case IC_HUB_SEND:
        ic_web_send(c->web, out->conn, out->text, out->text_len);
        return;
    case IC_HUB_CLOSE:
        ic_web_close(c->web, out->conn, out->close_code, out->close_reason);
        return;
    case IC_HUB_CMD:
        send_command(c, out->worker, out->cmd);
        return;
    case IC_HUB_STORE:
        ask_store(c, &out->store);
        return;
    case IC_HUB_ANSWER:
        ic_web_answer_meeting(c->web, out->conn, out->answer, out->meeting);
        return;
    case IC_HUB_BLOB:
        ic_web_answer_blob(c->web, out->conn, out->result, out->blob, out->blob_len);
        return;
    case IC_HUB_RECEIPT:
        write_receipt(c, out->receipt);
        return;
    case IC_HUB_LOG:
        write_log(c, out);
        return;
    }
    IC_ASSERT(false); /* every kind is above */
}

static void drain_hub(struct ic_control *c)
{
    struct ic_hub_out out;
    while (ic_hub_poll(c->hub, &out))
        carry_out(c, &out);
}

/* ---- what arrives ---- */

static void on_letters(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_control *c = ic_watch_owner(watch, offsetof(struct ic_control, letter_watch));
    struct ic_worker_letter letter;
    ic_mailbox_clear_event(&c->letters);
    while (ic_mailbox_take(&c->letters, &letter)) {
        if (c->relays != NULL && ic_relay_control_on_evt(c->relays, &letter.evt))
            continue;
        if (!ic_spread_on_evt(c->spread, c->loop.now, letter.worker, &letter.evt))
            continue;
        ic_hub_on_evt(c->hub, c->loop.now, &letter.evt);
        drain_hub(c);
    }
}

static void on_replies(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_control *c = ic_watch_owner(watch, offsetof(struct ic_control, reply_watch));
    struct ic_store_reply reply;
    ic_mailbox_clear_event(&c->replies);
    while (ic_mailbox_take(&c->replies, &reply)) {
        ic_gate_reply(c->gate, c->loop.now, &reply);
        drain_hub(c);
    }
}

static enum ic_err on_open(void *context, struct ic_conn_id conn)
{
    struct ic_control *c = context;
    enum ic_err e = ic_hub_on_open(c->hub, c->loop.now, conn);
    drain_hub(c);
    return e;
}

static void on_message(void *context, struct ic_conn_id conn, const char *text, size_t len)
{
    struct ic_control *c = context;
    ic_hub_on_message(c->hub, c->loop.now, conn, text, len);
    drain_hub(c);
}

static void on_close(void *context, struct ic_conn_id conn, enum ic_hub_end end)
{
    struct ic_control *c = context;
    ic_hub_on_close(c->hub, c->loop.now, conn, end);
    drain_hub(c);
}

static void on_meeting_request(void *context, struct ic_conn_id conn, const char *body, size_t len)
{
    struct ic_control *c = context;
    ic_hub_on_meeting_request(c->hub, c->loop.now, conn, body, len);
    drain_hub(c);
}

static void on_blob_request(void *context, struct ic_conn_id conn,
                            const uint8_t hash[static IC_SHA256_LEN])
{
    struct ic_control *c = context;
    ic_hub_on_blob_request(c->hub, c->loop.now, conn, hash);
    drain_hub(c);
}

static void on_policy_request(void *context, struct ic_conn_id conn,
                              const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_control *c = context;
    ic_hub_on_policy_request(c->hub, c->loop.now, conn, meeting);
    drain_hub(c);
}

static void on_page_request(void *context, struct ic_conn_id conn,
                            const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_control *c = context;
    struct ic_cluster_ask ask = {.kind = IC_CLUSTER_PAGE, .token = conn.value};
    memcpy(ask.meeting, meeting, sizeof ask.meeting);
    if (ic_cluster_thread_ask(c->cluster, &ask) != IC_OK)
        ic_web_answer_page(c->web, conn, NULL);
}

static void set_nodes(struct ic_control *c, struct ic_cluster_nodes *nodes)
{
    const char *names[IC_NODES_MAX];
    for (size_t i = 0; i < nodes->count; i++)
        names[i] = nodes->names[i];
    ic_web_set_nodes(c->web, names, nodes->count);
    free(nodes);
}

static enum ic_err send_relayed(void *context, uint32_t worker, const struct ic_cmd *cmd)
{
    struct ic_control *c = context;
    IC_ASSERT(worker < c->worker_count);
    return ic_worker_thread_command(c->workers[worker], cmd);
}

static void on_relayed(void *context, const struct ic_evt *evt)
{
    struct ic_control *c = context;
    ic_hub_on_evt(c->hub, c->loop.now, evt);
    drain_hub(c);
}

static bool on_move(void *context, uint64_t peer)
{
    struct ic_control *c = context;
    bool is_told = ic_hub_move_media(c->hub, c->loop.now, peer);
    drain_hub(c);
    return is_told;
}

static void on_receipt_came(void *context, const struct ic_receipt_came *came)
{
    struct ic_control *c = context;
    ic_hub_on_receipt_came(c->hub, c->loop.now, came);
    drain_hub(c);
}

struct ic_relay_control_handlers ic_control_relay_handlers(struct ic_control *control)
{
    return (struct ic_relay_control_handlers){.context = control,
                                              .send = send_relayed,
                                              .on_evt = on_relayed,
                                              .on_move = on_move,
                                              .on_receipt = on_receipt_came};
}

static bool writes_receipts(void *context)
{
    const struct ic_control *c = context;
    return c->receipts.is_open;
}

static uint64_t date_s(void *context)
{
    (void)context;
    int64_t now_s = ic_clock_wall_s();
    return now_s < 0 ? 0 : (uint64_t)now_s;
}

struct ic_relay_signer ic_control_signer(struct ic_control *control)
{
    return (struct ic_relay_signer){
        .context = control, .is_open = writes_receipts, .sign = sign_receipt, .date_s = date_s};
}

/* Without sockets for relays there are none. */
static void refuse_relay(struct ic_control *c, const struct ic_cluster_answer *answer)
{
    struct ic_cluster_ask no = {.kind = IC_CLUSTER_RELAY_OPENED,
                                .reason = IC_PLACE_NO_CAPACITY_IN_REGION};
    memcpy(no.meeting, answer->meeting, sizeof no.meeting);
    memcpy(no.node, answer->node, sizeof no.node);
    if (answer->kind == IC_CLUSTER_RELAY_OPEN)
        (void)!ic_cluster_thread_ask(c->cluster, &no); /* lost: it does not wait for ever */
    free(answer->policy);
    free(answer->peers);
}

static bool is_of_relays(enum ic_cluster_kind kind)
{
    return kind == IC_CLUSTER_PEERS || kind == IC_CLUSTER_RELAY_OPEN ||
           kind == IC_CLUSTER_RELAY_ASKED || kind == IC_CLUSTER_RELAY_CLOSE ||
           kind == IC_CLUSTER_CARRIER || kind == IC_CLUSTER_RELAY_JOIN ||
           kind == IC_CLUSTER_RELAY_JOINING || kind == IC_CLUSTER_RELAY_DRAINS;
}

static void on_answers(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_control *c = ic_watch_owner(watch, offsetof(struct ic_control, answer_watch));
    struct ic_cluster_answer answer;
    ic_mailbox_clear_event(&c->answers);
    while (ic_mailbox_take(&c->answers, &answer)) {
        if (answer.kind == IC_CLUSTER_NODES)
            set_nodes(c, answer.nodes);
        else if (is_of_relays(answer.kind) && c->relays == NULL)
            refuse_relay(c, &answer);
        else if (is_of_relays(answer.kind))
            ic_relay_control_input(c->relays, &answer);
        else if (answer.kind == IC_CLUSTER_PAGE)
            ic_web_answer_page(c->web, (struct ic_conn_id){answer.token},
                               answer.verdict == IC_CLUSTER_REDIRECT ? answer.host : NULL);
        else
            ic_gate_input(c->gate, c->loop.now, &answer);
        drain_hub(c);
    }
}

static bool is_ready(void *context)
{
    struct ic_control *c = context;
    return !c->is_draining;
}

struct ic_web_handlers ic_control_handlers(struct ic_control *control)
{
    return (struct ic_web_handlers){.context = control,
                                    .on_open = on_open,
                                    .on_message = on_message,
                                    .on_close = on_close,
                                    .on_meeting_request = on_meeting_request,
                                    .on_blob_request = on_blob_request,
                                    .on_policy_request = on_policy_request,
                                    .on_page_request =
                                        control->cluster == NULL ? NULL : on_page_request,
                                    .is_ready = is_ready};
}

/* ---- signals ---- */

static void tell_cluster(struct ic_control *c, enum ic_cluster_kind kind)
{
    const struct ic_cluster_ask ask = {.kind = kind};
    if (c->cluster != NULL && ic_cluster_thread_ask(c->cluster, &ask) != IC_OK)
        ic_log_write(&c->log, IC_LOG_WARN, "cluster_busy", NULL);
}

/* Nobody new; what can go to another node goes. A node that is alone tells everybody. */
static void start_drain(struct ic_control *c)
{
    if (c->is_draining)
        return;
    c->is_draining = true;
    ic_log_write(&c->log, IC_LOG_INFO, "draining", NULL);
    tell_cluster(c, IC_CLUSTER_DRAIN);
    ic_hub_close_doors(c->hub);
    ic_gate_drain(c->gate, c->loop.now);
    if (c->cluster == NULL)
        ic_hub_drain(c->hub, c->loop.now);
    drain_hub(c);
}

/* The same, and the process ends with it. */
static void start_end(struct ic_control *c)
{
    if (!ic_time_is_never(c->drain_deadline)) {
        c->is_over = true; /* the second signal */
        return;
    }
    c->drain_deadline = ic_time_add(c->loop.now, c->drain_timeout);
    start_drain(c);
    ic_log_write(
        &c->log, IC_LOG_INFO, "ending",
        IC_LOG_FIELDS(IC_LOG_NUMBER("seconds", (uint64_t)(c->drain_timeout.us / 1000000))));
    ic_web_drain(c->web);
    drain_hub(c);
}

static void on_drain(void *context)
{
    start_drain(context);
}

/* People of other nodes' meetings whose media are here. */
static uint32_t guests(const struct ic_control *c)
{
    return c->relays == NULL ? 0 : ic_relay_control_guests(c->relays);
}

static struct ic_drain_state drain_state(void *context)
{
    const struct ic_control *c = context;
    struct ic_hub_stats stats;
    struct ic_gate_left left;
    ic_hub_stats(c->hub, &stats);
    ic_gate_left(c->gate, &left);
    struct ic_drain_state state = {.is_alone = c->cluster == NULL,
                                   .people = stats.peers,
                                   .guests = guests(c),
                                   .meetings = left.meetings,
                                   .moving = left.moving,
                                   .moved = left.handed,
                                   .reason = left.reason};
    if (c->cluster == NULL && stats.peers > 0)
        state.meetings = stats.rooms;
    return state;
}

void ic_control_open_socket(struct ic_control *c, const struct ic_data_dir *data)
{
    const struct ic_control_handlers handlers = {
        .on_drain = on_drain, .state = drain_state, .context = c};
    char path[IC_CONFIG_TEXT_MAX + 32];
    enum ic_err e = ic_data_dir_file(data, IC_CONTROL_SOCKET, path)
                        ? ic_control_socket_open(&c->socket, &c->loop, path, &handlers)
                        : IC_ERR_INPUT;
    if (e != IC_OK)
        ic_log_write(
            &c->log, IC_LOG_WARN, "no_control_socket",
            IC_LOG_FIELDS(IC_LOG_TEXT("why", e == IC_ERR_INPUT ? "the name of data_dir is too long"
                                                               : strerror(errno))));
}

/* Receipts under the certificate that is shown. Without a key of it, none. */
static void open_receipts(struct ic_control *c)
{
    char why[IC_CONFIG_WHY_MAX] = "";
    bool is_open = ic_receipt_writer_open(&c->receipts, c->papers->data, &c->papers->cert,
                                          &c->papers->leaf, why);
    ic_hub_set_receipts(c->hub, is_open);
    if (!is_open)
        ic_log_write(&c->log, IC_LOG_ERROR, "receipts_not_written",
                     IC_LOG_FIELDS(IC_LOG_TEXT("why", why)));
}

/* What is refused leaves the wall as it was: until its end the last set is in force. */
static void tell_wall(struct ic_control *c, enum ic_node_papers_state state)
{
    enum ic_node_reason reason = IC_NODE_GOOD;
    if (state == IC_NODE_PAPERS_NONE || c->papers->has_own)
        reason = ic_own_wall_set_papers(c->wall, c->papers->has_own ? &c->papers->own : NULL);
    if (reason != IC_NODE_GOOD)
        ic_log_write(&c->log, IC_LOG_ERROR, "node_set_refused",
                     IC_LOG_FIELDS(IC_LOG_TEXT("reason", ic_node_reason_word(reason))));
}

void ic_control_load_papers(struct ic_control *c)
{
    char why[IC_CONFIG_WHY_MAX] = "";
    ic_hub_set_receipts(c->hub, false);
    ic_hub_set_node(c->hub, NULL);
    ic_receipt_writer_close(&c->receipts);
    ic_web_show_node(c->web, NULL, 0); /* what it shows goes away */
    enum ic_node_papers_state state =
        ic_node_papers_load(c->papers, (uint64_t)ic_clock_wall_s(), why);
    tell_wall(c, state);
    switch (state) {
    case IC_NODE_PAPERS_GOOD:
        ic_web_show_node(c->web, c->papers->json, c->papers->not_after_s);
        ic_hub_set_node(c->hub, c->papers->cert.name);
        ic_log_write(&c->log, IC_LOG_INFO, "node_certified",
                     IC_LOG_FIELDS(IC_LOG_NUMBER("until", c->papers->not_after_s)));
        open_receipts(c);
        break;
    case IC_NODE_PAPERS_NONE:
        ic_log_write(&c->log, IC_LOG_WARN, "node_not_certified", NULL);
        break;
    case IC_NODE_PAPERS_REFUSED:
        ic_log_write(&c->log, IC_LOG_ERROR, "node_not_certified",
                     IC_LOG_FIELDS(IC_LOG_TEXT("why", why)));
        break;
    }
    tell_cluster(c, IC_CLUSTER_RELOAD);
}

static void reload(struct ic_control *c)
{
    const char *why = "";
    if (ic_web_reload(c->web, &why) == IC_OK)
        ic_log_write(&c->log, IC_LOG_INFO, "certificate_reloaded", NULL);
    else
        ic_log_write(&c->log, IC_LOG_ERROR, "certificate_not_reloaded",
                     IC_LOG_FIELDS(IC_LOG_TEXT("why", why)));
    ic_control_load_papers(c);
}

static void on_signal(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_control *c = ic_watch_owner(watch, offsetof(struct ic_control, signal_watch));
    struct signalfd_siginfo info;
    while (read(watch->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP)
            reload(c);
        else
            start_end(c);
    }
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* ---- life ---- */

enum ic_err ic_control_init(struct ic_control *c)
{
    memset(c, 0, sizeof *c);
    c->drain_deadline = IC_NEVER;
    if (ic_loop_init(&c->loop) != IC_OK ||
        ic_mailbox_init(&c->letters, sizeof(struct ic_worker_letter), LETTERS_MAX) != IC_OK ||
        ic_mailbox_init(&c->replies, sizeof(struct ic_store_reply), REPLIES_MAX) != IC_OK ||
        ic_mailbox_init(&c->answers, sizeof(struct ic_cluster_answer), ANSWERS_MAX) != IC_OK)
        return IC_ERR_SYSTEM;
    c->signal_watch = (struct ic_watch){.fd = open_signals(), .on_ready = on_signal};
    c->letter_watch = (struct ic_watch){.fd = c->letters.event_fd, .on_ready = on_letters};
    c->answer_watch = (struct ic_watch){.fd = c->answers.event_fd, .on_ready = on_answers};
    c->reply_watch = (struct ic_watch){.fd = c->replies.event_fd, .on_ready = on_replies};
    if (c->signal_watch.fd < 0 || ic_loop_add(&c->loop, &c->signal_watch, EPOLLIN) != IC_OK ||
        ic_loop_add(&c->loop, &c->letter_watch, EPOLLIN) != IC_OK ||
        ic_loop_add(&c->loop, &c->reply_watch, EPOLLIN) != IC_OK ||
        ic_loop_add(&c->loop, &c->answer_watch, EPOLLIN) != IC_OK)
        return IC_ERR_SYSTEM;
    return IC_OK;
}

/* What the store still answered when nobody listened any more. */
static void free_replies(struct ic_control *c)
{
    struct ic_store_reply reply;
    while (c->replies.items != NULL && ic_mailbox_take(&c->replies, &reply))
        free((void *)(uintptr_t)reply.parts);
}

static void free_answers(struct ic_control *c)
{
    struct ic_cluster_answer answer;
    while (c->answers.items != NULL && ic_mailbox_take(&c->answers, &answer)) {
        free(answer.nodes);
        free(answer.peers);
        free(answer.policy);
    }
}

void ic_control_deinit(struct ic_control *c)
{
    ic_control_socket_close(&c->socket);
    if (c->web != NULL)
        ic_web_destroy(c->web);
    if (c->relays != NULL)
        ic_relay_control_destroy(c->relays);
    for (uint32_t i = 0; i < c->worker_count; i++)
        ic_worker_thread_stop(c->workers[i]);
    if (c->store != NULL)
        ic_store_thread_stop(c->store);
    if (c->cluster != NULL)
        ic_cluster_thread_stop(c->cluster);
    free_replies(c);
    free_answers(c);
    if (c->hub != NULL)
        ic_hub_destroy(c->hub);
    if (c->spread != NULL)
        ic_spread_destroy(c->spread);
    ic_receipt_writer_close(&c->receipts);
    if (c->gate != NULL)
        ic_gate_destroy(c->gate);
    if (c->wall != NULL)
        ic_own_wall_destroy(c->wall);
    ic_mailbox_deinit(&c->letters);
    ic_mailbox_deinit(&c->replies);
    ic_mailbox_deinit(&c->answers);
    if (c->signal_watch.fd > 0)
        close(c->signal_watch.fd);
    ic_loop_deinit(&c->loop);
}

/* A drain ends when nobody is here any more, by signalling or by media, or when its time is over.
 */
static void check_drain(struct ic_control *c)
{
    struct ic_hub_stats stats;
    if (ic_time_is_never(c->drain_deadline))
        return;
    ic_hub_stats(c->hub, &stats);
    if (stats.peers + guests(c) == 0 || ic_time_reached(c->drain_deadline, c->loop.now))
        c->is_over = true;
}

/* Never when no command waits. */
static struct ic_time catch_up(struct ic_control *c)
{
    bool is_done = true;
    for (uint32_t i = 0; i < c->worker_count; i++)
        is_done = ic_worker_thread_catch_up(c->workers[i]) && is_done;
    is_done = drain_spread(c) && is_done;
    return is_done ? IC_NEVER : ic_time_add(c->loop.now, IC_MS(CATCH_UP_MS));
}

/* The wall is told the time, and asked whether what always holds has held. */
static void tend_wall(struct ic_control *c)
{
    uint64_t violations = ic_own_wall_violations(c->wall);
    if (ic_time_reached(c->next_date, c->loop.now)) {
        c->next_date = ic_time_add(c->loop.now, IC_MS(DATE_MS));
        ic_own_wall_set_date(c->wall, c->loop.now, (uint64_t)ic_clock_wall_s());
    }
    if (ic_time_reached(c->next_papers, c->loop.now)) {
        c->next_papers = ic_time_add(c->loop.now, IC_MS(PAPERS_MS));
        if (ic_node_papers_have_changed(c->papers))
            ic_control_load_papers(c);
    }
    if (violations == c->violations)
        return;
    c->violations = violations;
    ic_log_write(&c->log, IC_LOG_ERROR, "region_violation",
                 IC_LOG_FIELDS(IC_LOG_NUMBER("incamera_region_violations_total", violations)));
}

static void tend_memory(struct ic_control *c)
{
    struct ic_hub_stats stats;
    ic_hub_stats(c->hub, &stats);
    ic_memory_tick(&c->memory, c->loop.now, stats.peers);
}

void ic_control_run(struct ic_control *c)
{
    while (!c->is_over) {
        struct ic_time deadline = ic_time_min(ic_hub_deadline(c->hub), ic_web_deadline(c->web));
        deadline = ic_time_min(deadline, catch_up(c));
        deadline = ic_time_min(deadline, ic_time_min(c->next_date, c->next_papers));
        deadline = ic_time_min(deadline, ic_gate_deadline(c->gate));
        deadline = ic_time_min(deadline, ic_spread_deadline(c->spread));
        deadline = ic_time_min(deadline, ic_control_socket_deadline(&c->socket));
        if (c->relays != NULL)
            deadline = ic_time_min(deadline, ic_relay_control_deadline(c->relays));
        ic_hub_set_date(c->hub, ic_clock_wall_s());
        ic_loop_turn(&c->loop, ic_time_min(deadline, c->drain_deadline));
        if (ic_time_reached(ic_web_deadline(c->web), c->loop.now))
            ic_web_tick(c->web, c->loop.now);
        if (ic_time_reached(ic_hub_deadline(c->hub), c->loop.now))
            ic_hub_tick(c->hub, c->loop.now);
        drain_hub(c);
        ic_spread_tick(c->spread, c->loop.now);
        if (c->relays != NULL)
            ic_relay_control_tick(c->relays);
        tend_wall(c);
        ic_gate_tick(c->gate, c->loop.now);
        ic_control_socket_tick(&c->socket);
        tend_memory(c);
        check_drain(c);
    }
}
