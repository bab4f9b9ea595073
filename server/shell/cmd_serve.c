/* incamera serve: puts the parts together, in the order in which they depend on each other. */
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "crypto/aead_mb.h"
#include "crypto/ctr_sha1_mb.h"
#include "shell/addresses.h"
#include "shell/clock.h"
#include "shell/cluster_thread.h"
#include "shell/cmd.h"
#include "shell/cmd_config.h"
#include "shell/control.h"
#include "shell/cores.h"
#include "shell/data_dir.h"
#include "shell/directory_notice.h"
#include "shell/entropy.h"
#include "shell/node_dev.h"
#include "shell/node_facts.h"
#include "shell/node_papers.h"

#define PACKETS_PER_WORKER 32768 /* 50 MB of address space each, touched as needed */
#define CONNECTION_SPARE   256   /* sockets beside those of people in meetings */
#define FILE_SPARE         256   /* open files that are no connections */

struct server {
    struct ic_config config;
    struct ic_control control;
    struct ic_data_dir data;
    struct ic_node_papers papers;
    struct ic_dtls_credentials *credentials;
    struct ic_aead_mb *aead_mb;                         /* NULL: media is encrypted by OpenSSL */
    struct ic_ctr_sha1_mb *ctr_sha1_mb[IC_WORKERS_MAX]; /* for peers without GCM; likewise */
    struct ic_ed25519 log_private;
    struct ic_note_key log_key;
    struct ic_addr media_address[IC_CANDIDATES_MAX];
    size_t media_address_count;
    struct ic_addr relay_address[IC_WORKERS_MAX]; /* of the workers' media, for other nodes */
    char *directory_notice;
    char why[IC_CONFIG_WHY_MAX];
};

static bool fail(struct server *s, const char *why)
{
    snprintf(s->why, sizeof s->why, "%s", why);
    return false;
}

/* ---- media ---- */

static bool choose_crypto(struct server *s)
{
    if (s->config.crypto_engine != IC_CONFIG_CRYPTO_OPENSSL)
        s->aead_mb = ic_aead_mb_create();
    if (s->aead_mb == NULL && s->config.crypto_engine == IC_CONFIG_CRYPTO_IPSEC_MB)
        return fail(s, "crypto_engine is ipsec-mb, and that does not run here: this program was "
                       "built without it, or this CPU has no AES unit. Set crypto_engine to auto.");
    return true;
}

static bool choose_media_addresses(struct server *s)
{
    const struct ic_config *c = &s->config;
    s->media_address_count = c->media_address_count;
    memcpy(s->media_address, c->media_address, sizeof s->media_address);
    if (s->media_address_count == 0)
        s->media_address_count =
            ic_addresses_list(c->is_dev && !c->is_lan, s->media_address, IC_CANDIDATES_MAX);
    if (s->media_address_count == 0)
        return fail(s, "This machine has no network address to announce for media. Set "
                       "media_address.");
    return true;
}

/* What an operator can do about it. */
static const char *bind_advice(int error)
{
    if (error == EACCES)
        return "choose a port above 1023 or give the binary CAP_NET_BIND_SERVICE";
    if (error == EADDRINUSE)
        return "another program has it; stop that one or choose another port";
    if (error == EAFNOSUPPORT)
        return "the kernel runs without IPv6, which the media socket needs (for IPv4 too)";
    return "check the port settings";
}

static struct ic_udp *bind_media(struct server *s, uint32_t worker)
{
    struct ic_addr any = {.port = ic_config_media_port(&s->config, worker)};
    struct ic_udp *udp = ic_udp_create(&any);
    if (udp == NULL)
        snprintf(s->why, sizeof s->why, "cannot use UDP port %u for media (%s): %s; %s", any.port,
                 worker == 0 ? "media_port" : "media_udp_base", strerror(errno),
                 bind_advice(errno));
    return udp;
}

/* Where the node's other workers reach this one: the socket is bound to every address. */
static struct ic_addr relay_address(const struct ic_udp *udp)
{
    return ic_addr_v4(127, 0, 0, 1, ic_udp_port(udp));
}

static bool start_worker(struct server *s, uint32_t index, uint32_t count, int core)
{
    struct ic_udp *udp = bind_media(s, index);
    bool has_others = s->config.nats_url[0] != '\0';
    if (udp == NULL)
        return false;
    s->relay_address[index] = s->media_address[0];
    s->relay_address[index].port = ic_udp_port(udp);
    if (s->aead_mb != NULL)
        s->ctr_sha1_mb[index] = ic_ctr_sha1_mb_create();
    struct ic_worker_config config = {
        .entropy = ic_entropy_kernel(),
        .seed = ic_entropy_u64(),
        .dtls = ic_dtls_openssl(),
        .dtls_credentials = s->credentials,
        .engine = {.aead = ic_aead_mb_engine(s->aead_mb),
                   .ctr_sha1 = ic_ctr_sha1_mb_engine(s->ctr_sha1_mb[index])},
        .candidate_count = s->media_address_count,
        .peers_max = s->config.participants_max,
        .rooms_max = s->config.participants_max,
        .relays_max = count - 1 + (has_others ? IC_RELAY_NODES_MAX : 0),
        .relay_meetings_max = (count > 1 ? IC_RELAY_MEETINGS_MAX : 0U) +
                              (has_others ? IC_RELAY_GUEST_MEETINGS_MAX : 0U),
        .relay_address = relay_address(udp),
        .packets_max = PACKETS_PER_WORKER,
        .ntp_offset_us = ic_clock_wall_offset_us(),
    };
    ic_dtls_credentials_fingerprint(s->credentials, config.fingerprint);
    for (size_t i = 0; i < s->media_address_count; i++) {
        config.candidates[i] = s->media_address[i];
        config.candidates[i].port = ic_udp_port(udp);
    }
    s->control.workers[index] = ic_worker_thread_start(
        index, core, &config, IC_US(s->config.coalesce_us), udp, &s->control.letters);
    if (s->control.workers[index] == NULL)
        return fail(s, "There is not enough memory for the media workers. Lower participants_max "
                       "or media_workers.");
    s->control.worker_count = index + 1;
    return true;
}

/* A worker has its share of the people; then meetings go on at another one. */
static bool start_spread(struct server *s, uint32_t count)
{
    struct ic_spread_config config = {
        .worker_count = count,
        .people_max = (s->config.participants_max + count - 1) / count,
        .peers_max = s->config.participants_max,
        .rooms_max = s->config.participants_max,
        .relay_meetings_max = count > 1 ? IC_RELAY_MEETINGS_MAX : 0,
        .seed = {ic_entropy_u64(), ic_entropy_u64()},
    };
    s->control.spread = ic_spread_create(&config);
    return s->control.spread != NULL ||
           fail(s, "There is not enough memory for the media workers. Lower participants_max.");
}

static bool start_workers(struct server *s)
{
    int cores[IC_CORES_MAX];
    uint32_t core_count = ic_cores_list(cores);
    uint32_t count = ic_cores_or(s->config.media_workers);
    static_assert(IC_CORES_MAX <= IC_WORKERS_MAX, "a worker for each core");
    for (uint32_t i = 0; i < count; i++) {
        int core = count > 1 && count <= core_count ? cores[i] : -1;
        if (!start_worker(s, i, count, core))
            return false;
    }
    return start_spread(s, count);
}

/* ---- control ---- */

static bool start_store(struct server *s)
{
    char path[IC_CONFIG_TEXT_MAX + 32];
    const char *why = "";
    if (!ic_data_dir_file(&s->data, "meetings.db", path))
        return fail(s, "The name of data_dir is too long.");
    struct ic_store *store = ic_store_open(path, IC_MEETINGS_MAX, &why);
    if (store == NULL)
        return fail(s, why);
    s->control.store = ic_store_thread_start(store, &s->control.replies);
    return s->control.store != NULL || fail(s, "The store thread cannot be started.");
}

/* The name of the log key: the host that people see first. */
static void log_name(const struct ic_config *c, char out[static IC_NOTE_NAME_MAX + 1])
{
    const char *host = c->origin_count == 0 ? "localhost" : strstr(c->origins[0], "://") + 3;
    bool is_v6 = host[0] == '[';
    size_t len = is_v6 ? strcspn(host, "]") + 1 : strcspn(host, ":");
    snprintf(out, IC_NOTE_NAME_MAX + 1, "%.*s", (int)len, host);
}

static bool open_log_key(struct server *s)
{
    uint8_t seed[IC_ED25519_SEED_LEN];
    char name[IC_NOTE_NAME_MAX + 1];
    if (ic_data_dir_log_seed(&s->data, seed, s->why) != IC_OK)
        return false;
    log_name(&s->config, name);
    bool ok = ic_ed25519_init(&s->log_private, seed) == IC_OK &&
              ic_note_key_init(&s->log_key, name, strlen(name), s->log_private.public_key) == IC_OK;
    OPENSSL_cleanse(seed, sizeof seed);
    return ok || fail(s, "The log key cannot be used: the host in origin is no name for it.");
}

static bool start_wall(struct server *s)
{
    s->control.wall = ic_own_wall_create(s->config.participants_max, s->control.loop.now,
                                         (uint64_t)ic_clock_wall_s());
    if (s->control.wall != NULL)
        s->control.gate =
            ic_gate_create(ic_own_wall_handle(s->control.wall), s->config.participants_max);
    return s->control.gate != NULL || fail(s, "There is not enough memory for the start.");
}

static bool start_hub(struct server *s)
{
    struct ic_hub_config config = {
        .entropy = ic_entropy_kernel(),
        .log_key = &s->log_key,
        .log_private = &s->log_private,
        .wall = ic_gate_wall(s->control.gate),
        .clients_max = s->config.connections_max,
        /* With other nodes there are as many again for each, whose media those carry. */
        .peers_max = s->config.participants_max *
                     (s->config.nats_url[0] == '\0' ? 1U : 1U + IC_PLACE_RELAYS_MAX),
        .rooms_max = s->config.participants_max,
        .room_members_max = s->config.meeting_members_max,
        .worker_count = s->control.worker_count,
    };
    s->control.hub = ic_hub_create(&config, s->control.loop.now);
    return s->control.hub != NULL || fail(s, "There is not enough memory. Lower participants_max.");
}

/* Without IPv6 in the kernel the development server does with IPv4. */
static void drop_missing_ipv6(struct ic_web_config *web)
{
    if (ic_addresses_has_ipv6_loopback())
        return;
    for (size_t i = web->listen_count; i > 0; i--) {
        if (!ic_addr_is_v4(&web->listen[i - 1]))
            web->listen[i - 1] = web->listen[--web->listen_count];
    }
}

static bool start_web(struct server *s)
{
    const struct ic_config *c = &s->config;
    const char *why = "";
    s->directory_notice = ic_directory_notice(c);
    if (s->directory_notice == NULL)
        return fail(s, "no memory to say where the directory is");
    struct ic_web_config web = {
        .listen_count = c->listen_count,
        .tls = c->tls != IC_CONFIG_TLS_OFF,
        .tls_cert = c->tls_cert,
        .tls_key = c->tls_key,
        .self_signed = c->tls == IC_CONFIG_TLS_SELF_SIGNED,
        .origin_count = c->origin_count,
        .issuers = c->issuers,
        .issuer_count = c->issuer_count,
        .directory = s->directory_notice,
        .log_folder = c->log_folder,
        .connections_max = c->connections_max + CONNECTION_SPARE,
        .connections_per_address_max = c->connections_per_address_max,
        .is_behind_proxy = c->tls == IC_CONFIG_TLS_OFF && !c->is_dev,
    };
    memcpy(web.listen, c->listen, sizeof web.listen);
    for (size_t i = 0; i < c->origin_count; i++)
        web.origins[i] = c->origins[i];
    if (c->is_dev && !c->is_lan)
        drop_missing_ipv6(&web);
    struct ic_web_handlers handlers = ic_control_handlers(&s->control);
    s->control.web = ic_web_create(&web, &s->control.loop, &handlers, &why);
    return s->control.web != NULL || fail(s, why);
}

/* A node that cannot listen for others goes on without them: it refuses when it is full. */
static void start_relays(struct server *s)
{
    char name[IC_NODE_NAME_MAX + 1];
    struct ic_relay_control_config config = {
        .loop = &s->control.loop,
        .cluster = s->control.cluster,
        .gate = s->control.gate,
        .hub = s->control.hub,
        .spread = s->control.spread,
        .credentials = s->credentials,
        .listen = s->media_address[0],
        .addresses = s->relay_address,
        .worker_count = s->control.worker_count,
        .people_max = s->config.participants_max,
        .log = &s->control.log,
        .handlers = ic_control_relay_handlers(&s->control),
        .signer = ic_control_signer(&s->control),
    };
    config.listen.port = s->config.relay_port;
    ic_node_facts_name(&s->config, name);
    if (ic_node_id(name, strlen(name), config.node) == IC_OK)
        s->control.relays = ic_relay_control_create(&config);
    if (s->control.relays == NULL)
        ic_log_write(&s->control.log, IC_LOG_WARN, "no_relays",
                     IC_LOG_FIELDS(IC_LOG_NUMBER("relay_port", s->config.relay_port),
                                   IC_LOG_TEXT("why", strerror(errno))));
}

static bool start_cluster(struct server *s)
{
    const struct ic_cluster_config config = {.config = &s->config,
                                             .data = &s->data,
                                             .credentials = s->credentials,
                                             .addresses = s->media_address,
                                             .address_count = s->media_address_count,
                                             .answers = &s->control.answers,
                                             .log = &s->control.log};
    if (s->config.nats_url[0] != '\0') {
        if (s->config.nats_ca[0] == '\0')
            ic_log_write(&s->control.log, IC_LOG_WARN, "bus_not_encrypted", NULL);
        s->control.cluster = ic_cluster_thread_start(&config, s->why);
        if (s->control.cluster == NULL)
            return false;
    }
    ic_gate_set(s->control.gate, s->control.cluster, s->control.hub);
    if (s->control.cluster != NULL)
        start_relays(s);
    return true;
}

/* ---- papers ---- */

/* A trial signs for itself. A name that cannot be certified is no reason not to run. */
static void sign_trial(struct server *s)
{
    char why[IC_CONFIG_WHY_MAX] = "";
    struct ic_node_facts facts = {.config = &s->config,
                                  .data = &s->data,
                                  .addresses = s->media_address,
                                  .address_count = s->media_address_count,
                                  .now_s = (uint64_t)ic_clock_wall_s(),
                                  .days = IC_NODE_CERT_VALIDITY_MAX_S / 86400};
    facts.serial = facts.now_s;
    if (!ic_node_dev_sign(&facts, why))
        ic_log_write(&s->control.log, IC_LOG_ERROR, "trial_not_signed",
                     IC_LOG_FIELDS(IC_LOG_TEXT("why", why)));
}

/* Its own log is served, too, if no other is. */
static void name_trial_log(struct server *s)
{
    char path[sizeof s->data.path + sizeof "/" IC_DATA_DIR_LOG "/public"];
    int n = snprintf(path, sizeof path, "%s/" IC_DATA_DIR_LOG "/public", s->data.path);
    if (s->config.is_dev && s->config.log_folder[0] == '\0' && n < IC_CONFIG_TEXT_MAX)
        memcpy(s->config.log_folder, path, (size_t)n + 1);
}

static void show_papers(struct server *s)
{
    ic_node_papers_init(&s->papers, &s->data, s->credentials, s->media_address,
                        s->media_address_count);
    if (s->config.is_dev)
        sign_trial(s);
    s->control.papers = &s->papers;
    ic_control_load_papers(&s->control);
}

/* ---- the whole ---- */

/* A login shell allows 1,024 open files, most services as well; each socket is one. */
static void raise_file_limit(const struct server *s)
{
    struct rlimit limit;
    rlim_t wanted = s->config.connections_max + CONNECTION_SPARE + FILE_SPARE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted)
        ic_log_write(&s->control.log, IC_LOG_WARN, "file_limit_low",
                     IC_LOG_FIELDS(IC_LOG_NUMBER("limit", limit.rlim_cur),
                                   IC_LOG_NUMBER("connections_max_needs", wanted)));
}

static bool start(struct server *s)
{
    const struct ic_config *c = &s->config;
    s->control.log.is_text = c->log_is_text;
    s->control.drain_timeout = IC_SEC(c->drain_timeout_s);
    raise_file_limit(s);
    if (ic_data_dir_open(&s->data, c->data_dir, s->why) != IC_OK)
        return false;
    name_trial_log(s);
    s->credentials = ic_data_dir_credentials(&s->data, s->why);
    return s->credentials != NULL && open_log_key(s) && choose_media_addresses(s) &&
           choose_crypto(s) && start_store(s) && start_workers(s) && start_wall(s) &&
           start_hub(s) && start_cluster(s) && start_web(s);
}

/* The address that a person types. Never a link to a meeting: those are made in the browser. */
static void print_welcome(const struct server *s)
{
    const struct ic_config *c = &s->config;
    char ip[IC_ADDR_TEXT_MAX];
    uint16_t port = ic_web_port(s->control.web, 0);
    if (!c->is_dev)
        return;
    if (!c->is_lan) {
        printf("\n  In Camera is ready:  http%s://localhost:%u/new\n\n"
               "  A second person: open the meeting's link in another window.\n"
               "  From another device: start it with --dev --lan (make run LAN=1).\n"
               "  Ctrl-C ends it; meetings of this trial are forgotten.\n\n",
               c->tls == IC_CONFIG_TLS_OFF ? "" : "s", port);
    } else {
        printf("\n  In Camera is ready on this network:\n\n");
        for (size_t i = 0; i < s->media_address_count; i++) {
            ic_addr_text(&s->media_address[i], ip);
            printf(ic_addr_is_v4(&s->media_address[i]) ? "    https://%s:%u/new\n"
                                                       : "    https://[%s]:%u/new\n",
                   ip, port);
        }
        printf("\n  The certificate is self-signed: the browser warns once per device.\n"
               "  Ctrl-C ends it; meetings of this trial are forgotten.\n\n");
    }
    fflush(stdout);
}

static void print_help(void)
{
    puts(
        "usage: incamera serve [--dev [--lan]] [--config FILE] [settings]\n\n"
        "Runs the server. SIGTERM or Ctrl-C: nobody new, ends when the last person has left\n"
        "or after drain_timeout_s; a second one: ends at once. SIGHUP: reads the\n"
        "certificates again.\n"
        "Exit status: 0 ended as asked, 1 could not start, 2 wrong usage or configuration.\n\n"
        "  --dev            try it: http://localhost:8080, media from UDP port 10000, throw-away\n"
        "                   data, text log, no configuration file\n"
        "  --dev --lan      the same for other devices: port 8443, HTTPS, self-signed certificate\n"
        "  --config FILE    instead of " IC_CONFIG_DEFAULT_FILE "\n\n"
        "Settings, as flags (--media-port 443), in the environment (INCAMERA_MEDIA_PORT=443) or\n"
        "in the file (media_port = 443); a flag wins over the environment, that over the file:\n");
    ic_config_help(stdout);
}

static void stop(struct server *s)
{
    ic_control_deinit(&s->control);
    ic_aead_mb_destroy(s->aead_mb);
    for (size_t i = 0; i < IC_WORKERS_MAX; i++)
        ic_ctr_sha1_mb_destroy(s->ctr_sha1_mb[i]);
    ic_node_papers_deinit(&s->papers);
    if (s->credentials != NULL)
        ic_dtls_credentials_destroy(s->credentials);
    ic_ed25519_deinit(&s->log_private);
    ic_data_dir_close(&s->data);
    free(s->directory_notice);
}

int ic_cmd_serve(int argc, char **argv)
{
    struct server s = {.why = ""};
    struct ic_cmd_options options;
    if (!ic_cmd_read_config("serve", argc, argv, &options, &s.config))
        return 2;
    if (options.is_help) {
        print_help();
        return 0;
    }
    if (options.is_json) {
        fputs("incamera serve: --json is for the other commands; its log is JSON with log_format = "
              "json.\n",
              stderr);
        return 2;
    }
    ic_memory_tune();
    (void)umask(077); /* what we write is for us alone, the database too */
    bool ok = ic_control_init(&s.control) == IC_OK && start(&s);
    if (ok) {
        ic_control_open_socket(&s.control, &s.data);
        show_papers(&s);
        print_welcome(&s);
        ic_log_write(
            &s.control.log, IC_LOG_INFO, "started",
            IC_LOG_FIELDS(IC_LOG_TEXT("version", IC_VERSION),
                          IC_LOG_NUMBER("workers", s.control.worker_count),
                          IC_LOG_TEXT("crypto", s.aead_mb == NULL ? "openssl" : "ipsec-mb")));
        ic_control_run(&s.control);
        ic_log_write(&s.control.log, IC_LOG_INFO, "stopped", NULL);
    } else {
        fprintf(stderr, "incamera serve: %s\n",
                s.why[0] == '\0' ? "the system gave no resources for the start." : s.why);
    }
    stop(&s);
    return ok ? 0 : 1;
}
