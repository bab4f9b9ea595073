#include "shell/bus_nats.h"

#include <errno.h>
#include <fcntl.h>
#include <nats/nats.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "shell/file_io.h"

#define SUBJECT_BEAT "incamera.beat"
#define SUBJECT_ASK  "incamera.ask."
#define INBOX        "_INBOX."
/* LIMIT: bytes of a credentials file; one of NATS has about 1,100. */
#define CREDENTIALS_MAX 16384
#define SERVERS_MAX     8
/* Threads of the library end this soon after the connection, or what they use is left alone. */
#define CLOSE_MS 5000

struct ic_bus {
    pthread_mutex_t lock; /* of connection, which ic_bus_tend replaces */
    natsOptions *options;
    uint8_t node[IC_NODE_ID_LEN];
    natsConnection *connection;
    natsSubscription *beats, *asks, *answers;
    natsInbox *inbox; /* answers to us come to <inbox>.<token> */
    struct ic_mailbox *letters;
    struct ic_bus_counters counters;
    sem_t ended;     /* once by each thread of the library that has ended */
    uint32_t enders; /* how many of them there are */
};

/* ---- what arrives, in threads of the library ---- */

static void put(struct ic_bus *bus, struct ic_bus_letter *letter)
{
    if (ic_mailbox_put(bus->letters, letter) == IC_OK)
        return;
    free(letter->bytes);
    atomic_fetch_add(&bus->counters.dropped_in, 1);
}

/* Copies; takes the message. */
static void deliver(struct ic_bus *bus, struct ic_bus_letter *letter, natsMsg *msg)
{
    int len = natsMsg_GetDataLength(msg);
    letter->bytes = len > 0 && len <= IC_BUS_MESSAGE_MAX ? malloc((size_t)len) : NULL;
    if (letter->bytes == NULL) {
        atomic_fetch_add(&bus->counters.dropped_form, 1);
    } else {
        letter->len = (size_t)len;
        memcpy(letter->bytes, natsMsg_GetData(msg), letter->len);
        atomic_fetch_add(&bus->counters.received, 1);
        put(bus, letter);
    }
    natsMsg_Destroy(msg);
}

static void on_beat(natsConnection *connection, natsSubscription *subscription, natsMsg *msg,
                    void *closure)
{
    (void)connection;
    (void)subscription;
    struct ic_bus_letter letter = {.kind = IC_BUS_BEAT};
    deliver(closure, &letter, msg);
}

/* An answer goes to an inbox and nowhere else: nobody can make us write to the store or speak on
 * subjects of others by asking. */
static bool is_inbox(const char *reply)
{
    if (reply == NULL || strncmp(reply, INBOX, strlen(INBOX)) != 0 ||
        strlen(reply) >= IC_BUS_REPLY_MAX)
        return false;
    for (const char *c = reply; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~' || *c == '*' || *c == '>')
            return false;
    return true;
}

static void on_ask(natsConnection *connection, natsSubscription *subscription, natsMsg *msg,
                   void *closure)
{
    (void)connection;
    (void)subscription;
    struct ic_bus *bus = closure;
    struct ic_bus_letter letter = {.kind = IC_BUS_ASK};
    const char *reply = natsMsg_GetReply(msg);
    if (!is_inbox(reply)) {
        atomic_fetch_add(&bus->counters.dropped_form, 1);
        natsMsg_Destroy(msg);
        return;
    }
    memcpy(letter.reply, reply, strlen(reply) + 1);
    deliver(bus, &letter, msg);
}

/* The last 16 characters of the subject are the token. */
static bool read_token(const char *subject, uint64_t *out)
{
    size_t len = subject == NULL ? 0 : strlen(subject);
    uint64_t token = 0;
    if (len < 17 || subject[len - 17] != '.')
        return false;
    for (size_t i = len - 16; i < len; i++) {
        char c = subject[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
            return false;
        token = token << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *out = token;
    return true;
}

static void on_answer(natsConnection *connection, natsSubscription *subscription, natsMsg *msg,
                      void *closure)
{
    (void)connection;
    (void)subscription;
    struct ic_bus *bus = closure;
    struct ic_bus_letter letter = {.kind = IC_BUS_ANSWER};
    if (read_token(natsMsg_GetSubject(msg), &letter.token)) {
        deliver(bus, &letter, msg);
        return;
    }
    /* Also the server's "nobody listens there", which has no bytes: silence, like any other. */
    atomic_fetch_add(&bus->counters.dropped_form, 1);
    natsMsg_Destroy(msg);
}

static void on_up(natsConnection *connection, void *closure)
{
    (void)connection;
    struct ic_bus *bus = closure;
    struct ic_bus_letter letter = {.kind = IC_BUS_UP};
    atomic_fetch_add(&bus->counters.disruptions, 1);
    put(bus, &letter);
}

static void on_down(natsConnection *connection, void *closure)
{
    (void)connection;
    struct ic_bus_letter letter = {.kind = IC_BUS_DOWN};
    put(closure, &letter);
}

static void on_ended(void *closure)
{
    struct ic_bus *bus = closure;
    (void)sem_post(&bus->ended);
}

/* The last that is heard of the connection. */
static void on_closed(natsConnection *connection, void *closure)
{
    (void)connection;
    on_ended(closure);
}

static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status,
                     void *closure)
{
    (void)connection;
    struct ic_bus *bus = closure;
    if (status == NATS_SLOW_CONSUMER)
        atomic_fetch_add(&bus->counters.dropped_in, 1);
    if (subscription != NULL)
        atomic_fetch_add(&bus->counters.disruptions, 1);
}

/* ---- settings ---- */

static bool refuse(char *why, const char *setting, const char *file, const char *what)
{
    snprintf(why, IC_CONFIG_WHY_MAX, "%s: %.200s %s", setting, file, what);
    return false;
}

/* A file of NATS goes to the library by its name; name and password are read here. */
static bool set_credentials(natsOptions *options, const char *file, char *why)
{
    static const char head[] = "-----BEGIN NATS USER JWT-----";
    char text[CREDENTIALS_MAX + 1];
    size_t len = 0;
    bool ok = false;
    enum ic_err e = ic_file_read_secret(AT_FDCWD, file, (uint8_t *)text, CREDENTIALS_MAX, &len);
    text[e == IC_OK ? len : 0] = '\0';
    char *colon = strchr(text, ':');
    size_t line = strcspn(text, "\r\n");
    if (e == IC_ERR_AUTH)
        refuse(why, "nats_credentials", file,
               "can be read by others. It is a password: chmod 600 it.");
    else if (e != IC_OK)
        refuse(why, "nats_credentials", file,
               "cannot be read. Put the credentials of this node there, for the server's user.");
    else if (strstr(text, head) != NULL)
        ok = natsOptions_SetUserCredentialsFromFiles(options, file, NULL) == NATS_OK;
    else if (colon == NULL || colon == text || strlen(text) != len ||
             text[line + strspn(&text[line], "\r\n")] != '\0' || colon > &text[line])
        refuse(why, "nats_credentials", file,
               "is neither a credentials file of NATS nor one line \"name:password\".");
    else {
        text[line] = '\0';
        *colon = '\0';
        ok = natsOptions_SetUserInfo(options, text, colon + 1) == NATS_OK;
    }
    OPENSSL_cleanse(text, sizeof text);
    return ok;
}

static bool set_tls(natsOptions *options, const struct ic_config *config, char *why)
{
    bool is_wanted = config->nats_ca[0] != '\0' || strstr(config->nats_url, "tls://") != NULL;
    if (!is_wanted)
        return true;
    if (natsOptions_SetSecure(options, true) != NATS_OK)
        return refuse(why, "nats_ca", "",
                      "needs TLS, which the NATS library of this system lacks.");
    if (config->nats_ca[0] != '\0' &&
        natsOptions_LoadCATrustedCertificates(options, config->nats_ca) != NATS_OK)
        return refuse(
            why, "nats_ca", config->nats_ca,
            "cannot be used. It holds certificates in PEM, readable by the server's user.");
    return true;
}

static bool set_servers(natsOptions *options, const char *url, char *why)
{
    char text[IC_CONFIG_TEXT_MAX];
    const char *servers[SERVERS_MAX];
    int count = 0;
    snprintf(text, sizeof text, "%s", url);
    for (char *rest = text, *one; (one = strtok_r(rest, ", \t", &rest)) != NULL;) {
        if (count == SERVERS_MAX)
            return refuse(why, "nats_url", url, "names more than 8 servers. Keep 8 of them.");
        servers[count++] = one;
    }
    if (natsOptions_SetServers(options, servers, count) == NATS_OK)
        return true;
    return refuse(why, "nats_url", url, "is not understood. Expected: tls://host:4222, ...");
}

static bool set_all(natsOptions *options, struct ic_bus *bus, const struct ic_config *config,
                    char *why)
{
    if (!set_servers(options, config->nats_url, why) ||
        !set_credentials(options, config->nats_credentials, why) || !set_tls(options, config, why))
        return false;
    return natsOptions_SetName(options, "incamera") == NATS_OK &&
           natsOptions_SetTimeout(options, IC_PLACE_DIRECTORY_MS) == NATS_OK &&
           natsOptions_SetIgnoreDiscoveredServers(options, true) == NATS_OK &&
           natsOptions_SetMaxReconnect(options, -1) == NATS_OK &&
           natsOptions_SetReconnectWait(options, IC_BUS_RECONNECT_MS) == NATS_OK &&
           natsOptions_SetReconnectJitter(options, IC_BUS_RECONNECT_MS / 2,
                                          IC_BUS_RECONNECT_MS / 2) == NATS_OK &&
           natsOptions_SetPingInterval(options, IC_BUS_PING_MS) == NATS_OK &&
           natsOptions_SetMaxPingsOut(options, 2) == NATS_OK &&
           natsOptions_SetWriteDeadline(options, IC_PLACE_DIRECTORY_MS) == NATS_OK &&
           natsOptions_SetFailRequestsOnDisconnect(options, true) == NATS_OK &&
           natsOptions_SetSendAsap(options, true) == NATS_OK &&
           natsOptions_SetMaxPendingMsgs(options, IC_BUS_LETTERS_MAX) == NATS_OK &&
           natsOptions_SetErrorHandler(options, on_error, bus) == NATS_OK &&
           natsOptions_SetDisconnectedCB(options, on_down, bus) == NATS_OK &&
           natsOptions_SetClosedCB(options, on_closed, bus) == NATS_OK &&
           natsOptions_SetReconnectedCB(options, on_up, bus) == NATS_OK &&
           natsOptions_SetRetryOnFailedConnect(options, true, on_up, bus) == NATS_OK;
}

/* ---- life ---- */

static void ask_subject(const uint8_t *node, char out[static 96])
{
    size_t len = strlen(SUBJECT_ASK);
    memcpy(out, SUBJECT_ASK, len + 1);
    for (size_t i = 0; i < IC_NODE_ID_LEN; i++)
        snprintf(&out[len + 2 * i], 3, "%02x", node[i]);
}

static bool subscribe(natsSubscription **out, struct ic_bus *bus, const char *subject,
                      natsMsgHandler handler)
{
    if (natsConnection_Subscribe(out, bus->connection, subject, handler, bus) != NATS_OK ||
        natsSubscription_SetOnCompleteCB(*out, on_ended, bus) != NATS_OK)
        return false;
    bus->enders++;
    return natsSubscription_SetPendingLimits(*out, IC_BUS_LETTERS_MAX, IC_BUS_PENDING_BYTES_MAX) ==
           NATS_OK;
}

static bool connect_bus(struct ic_bus *bus)
{
    char asks[96], answers[96];
    struct ic_bus_letter letter = {.kind = IC_BUS_UP};
    natsStatus status = natsConnection_Connect(&bus->connection, bus->options);
    if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED)
        return false;
    bus->enders++;
    if (status == NATS_OK)
        put(bus, &letter);
    ask_subject(bus->node, asks);
    snprintf(answers, sizeof answers, "%s.*", bus->inbox);
    return subscribe(&bus->beats, bus, SUBJECT_BEAT, on_beat) &&
           subscribe(&bus->asks, bus, asks, on_ask) &&
           subscribe(&bus->answers, bus, answers, on_answer);
}

/* No thread of the library uses the bus any more. */
static bool await_ends(struct ic_bus *bus)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_MS / 1000;
    while (bus->enders > 0) {
        if (sem_timedwait(&bus->ended, &until) == 0)
            bus->enders--;
        else if (errno != EINTR)
            return false;
    }
    return true;
}

static void disconnect(struct ic_bus *bus)
{
    natsConnection_Close(bus->connection);
    natsSubscription_Destroy(bus->beats);
    natsSubscription_Destroy(bus->asks);
    natsSubscription_Destroy(bus->answers);
    natsConnection_Destroy(bus->connection);
    bus->beats = bus->asks = bus->answers = NULL;
    bus->connection = NULL;
}

void ic_bus_tend(struct ic_bus *bus)
{
    if (!ic_bus_is_closed(bus))
        return;
    pthread_mutex_lock(&bus->lock);
    disconnect(bus);
    if (await_ends(bus) && !connect_bus(bus))
        disconnect(bus); /* tried again the next time */
    pthread_mutex_unlock(&bus->lock);
    atomic_fetch_add(&bus->counters.disruptions, 1);
}

static bool make(struct ic_bus *bus, const struct ic_config *config, char *why)
{
    if (natsOptions_Create(&bus->options) != NATS_OK || natsInbox_Create(&bus->inbox) != NATS_OK)
        return false;
    if (!set_all(bus->options, bus, config, why))
        return false;
    if (connect_bus(bus))
        return true;
    /* It began, and has ended since: servers that refuse us are like servers that are gone. */
    bool has_begun = bus->connection != NULL;
    disconnect(bus);
    return has_begun && await_ends(bus);
}

struct ic_bus *ic_bus_open(const struct ic_config *config,
                           const uint8_t node[static IC_NODE_ID_LEN], struct ic_mailbox *letters,
                           char why[static IC_CONFIG_WHY_MAX])
{
    struct ic_bus *bus = calloc(1, sizeof *bus);
    why[0] = '\0';
    if (bus == NULL || sem_init(&bus->ended, 0, 0) != 0 ||
        pthread_mutex_init(&bus->lock, NULL) != 0 || nats_Open(-1) != NATS_OK) {
        snprintf(why, IC_CONFIG_WHY_MAX, "The NATS library cannot be started: no memory.");
        free(bus);
        return NULL;
    }
    memcpy(bus->node, node, sizeof bus->node);
    bus->letters = letters;
    bool ok = make(bus, config, why);
    natsStatus status = NATS_OK;
    const char *last = nats_GetLastError(&status);
    if (ok)
        return bus;
    if (why[0] == '\0')
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "The bus cannot be used (%.200s). Check nats_url, nats_credentials and nats_ca.",
                 last == NULL ? natsStatus_GetText(status) : last);
    ic_bus_close(bus);
    return NULL;
}

void ic_bus_close(struct ic_bus *bus)
{
    struct ic_bus_letter letter;
    disconnect(bus);
    bool is_over = await_ends(bus);
    natsInbox_Destroy(bus->inbox);
    natsOptions_Destroy(bus->options);
    /* nats_Close is not called: it ends OpenSSL, which the rest of the process still uses. */
    while (ic_mailbox_take(bus->letters, &letter))
        free(letter.bytes);
    if (!is_over)
        return; /* better lost than used after free */
    pthread_mutex_destroy(&bus->lock);
    sem_destroy(&bus->ended);
    free(bus);
}

/* ---- what goes out ---- */

static natsConnStatus status_of(struct ic_bus *bus)
{
    pthread_mutex_lock(&bus->lock);
    natsConnStatus status =
        bus->connection == NULL ? NATS_CONN_STATUS_CLOSED : natsConnection_Status(bus->connection);
    pthread_mutex_unlock(&bus->lock);
    return status;
}

bool ic_bus_is_up(struct ic_bus *bus)
{
    return status_of(bus) == NATS_CONN_STATUS_CONNECTED;
}

bool ic_bus_is_closed(struct ic_bus *bus)
{
    return status_of(bus) == NATS_CONN_STATUS_CLOSED;
}

static enum ic_err publish(struct ic_bus *bus, const char *subject, const char *reply,
                           const uint8_t *bytes, size_t len)
{
    natsStatus status = NATS_CONNECTION_DISCONNECTED;
    IC_ASSERT(len <= IC_BUS_MESSAGE_MAX);
    pthread_mutex_lock(&bus->lock);
    natsConnection *c = bus->connection;
    if (c != NULL && natsConnection_Status(c) == NATS_CONN_STATUS_CONNECTED)
        status = reply == NULL ? natsConnection_Publish(c, subject, bytes, (int)len)
                               : natsConnection_PublishRequest(c, subject, reply, bytes, (int)len);
    pthread_mutex_unlock(&bus->lock);
    atomic_fetch_add(status == NATS_OK ? &bus->counters.sent : &bus->counters.dropped_out, 1);
    return status == NATS_OK ? IC_OK : IC_ERR_SYSTEM;
}

enum ic_err ic_bus_beat(struct ic_bus *bus, const uint8_t *bytes, size_t len)
{
    return publish(bus, SUBJECT_BEAT, NULL, bytes, len);
}

enum ic_err ic_bus_ask(struct ic_bus *bus, const uint8_t node[static IC_NODE_ID_LEN],
                       uint64_t token, const uint8_t *bytes, size_t len)
{
    char subject[96], reply[96];
    ask_subject(node, subject);
    snprintf(reply, sizeof reply, "%s.%016llx", bus->inbox, (unsigned long long)token);
    return publish(bus, subject, reply, bytes, len);
}

enum ic_err ic_bus_answer(struct ic_bus *bus, const char reply[static IC_BUS_REPLY_MAX],
                          const uint8_t *bytes, size_t len)
{
    return publish(bus, reply, NULL, bytes, len);
}

const struct ic_bus_counters *ic_bus_counters(const struct ic_bus *bus)
{
    return &bus->counters;
}

struct __natsConnection *ic_bus_connection(struct ic_bus *bus)
{
    return bus->connection;
}
