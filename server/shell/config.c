#include "shell/config.h"

#include <errno.h>
#include <ini.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "shell/config_issuer.h"
#include "shell/config_value.h"

#define ENVIRONMENT_PREFIX "INCAMERA_"
#define SETTINGS_MAX       40
#define CONFIG_LINE_MAX    16384

/* ---- the table ---- */

struct setting {
    const char *key;
    const char *initial;
    const char *form; /* what a value looks like, for people */
    const char *help;
    enum ic_err (*set)(struct ic_config *c, const char *value);
    void (*text)(const struct ic_config *c, char *out, size_t cap);
    bool is_list; /* may be given several times by one source */
};

static enum ic_err set_endpoints(const char *value, struct ic_addr *out, size_t max, size_t *count)
{
    const char *item;
    size_t len;
    *count = 0;
    while (ic_value_next_item(&value, &item, &len)) {
        if (*count == max || ic_value_endpoint(item, len, &out[*count]) != IC_OK)
            return IC_ERR_INPUT;
        (*count)++;
    }
    return *count > 0 ? IC_OK : IC_ERR_INPUT;
}

static enum ic_err set_listen(struct ic_config *c, const char *value)
{
    return set_endpoints(value, c->listen, IC_WEB_LISTEN_MAX, &c->listen_count);
}

static void append(char *out, size_t cap, const char *item)
{
    size_t len = strlen(out);
    snprintf(&out[len], cap - len, "%s%s", len == 0 ? "" : ", ", item);
}

static void listen_text(const struct ic_config *c, char *out, size_t cap)
{
    for (size_t i = 0; i < c->listen_count; i++) {
        char text[IC_ENDPOINT_TEXT_MAX];
        ic_value_endpoint_text(&c->listen[i], text);
        append(out, cap, text);
    }
}

static const char *const tls_names[] = {"on", "off", "self-signed"};

static enum ic_err set_tls(struct ic_config *c, const char *value)
{
    return ic_value_word(value, tls_names, 3, &c->tls);
}

static void tls_text(const struct ic_config *c, char *out, size_t cap)
{
    append(out, cap, tls_names[c->tls]);
}

static enum ic_err copy_text(char out[static IC_CONFIG_TEXT_MAX], const char *value)
{
    size_t len = strlen(value);
    if (len >= IC_CONFIG_TEXT_MAX)
        return IC_ERR_INPUT;
    memcpy(out, value, len + 1);
    return IC_OK;
}

static enum ic_err set_tls_cert(struct ic_config *c, const char *value)
{
    return copy_text(c->tls_cert, value);
}

static void tls_cert_text(const struct ic_config *c, char *out, size_t cap)
{
    append(out, cap, c->tls_cert);
}

static enum ic_err set_tls_key(struct ic_config *c, const char *value)
{
    return copy_text(c->tls_key, value);
}

static void tls_key_text(const struct ic_config *c, char *out, size_t cap)
{
    append(out, cap, c->tls_key);
}

static bool is_origin(const char *item, size_t len)
{
    size_t scheme = strncmp(item, "https://", 8) == 0  ? 8
                    : strncmp(item, "http://", 7) == 0 ? 7
                                                       : 0;
    return scheme > 0 && len > scheme && memchr(&item[scheme], '/', len - scheme) == NULL;
}

static enum ic_err set_origin(struct ic_config *c, const char *value)
{
    const char *item;
    size_t len;
    c->origin_count = 0;
    while (ic_value_next_item(&value, &item, &len)) {
        if (c->origin_count == IC_WEB_ORIGINS_MAX || len >= IC_CONFIG_TEXT_MAX ||
            !is_origin(item, len))
            return IC_ERR_INPUT;
        memcpy(c->origins[c->origin_count], item, len);
        c->origins[c->origin_count++][len] = '\0';
    }
    return IC_OK;
}

static void origin_text(const struct ic_config *c, char *out, size_t cap)
{
    for (size_t i = 0; i < c->origin_count; i++)
        append(out, cap, c->origins[i]);
}

/* Each time it is given it adds to the list. */
static enum ic_err set_issuer(struct ic_config *c, const char *value)
{
    const char *item;
    size_t len;
    while (ic_value_next_item(&value, &item, &len)) {
        if (c->issuer_count == IC_WEB_ISSUERS_MAX ||
            !ic_config_issuer_read(item, len, &c->issuers[c->issuer_count]))
            return IC_ERR_INPUT;
        c->issuer_count++;
    }
    return IC_OK;
}

static void issuer_text(const struct ic_config *c, char *out, size_t cap)
{
    for (size_t i = 0; i < c->issuer_count; i++) {
        const struct ic_web_issuer *issuer = &c->issuers[i];
        char text[3 * IC_WEB_ISSUER_TEXT_MAX];
        snprintf(text, sizeof text, "%s %s%s%s", issuer->issuer, issuer->audience,
                 issuer->name[0] == '\0' ? "" : " ", issuer->name);
        append(out, cap, text);
    }
}

static enum ic_err set_media_address(struct ic_config *c, const char *value)
{
    const char *item;
    size_t len;
    c->media_address_count = 0;
    while (ic_value_next_item(&value, &item, &len)) {
        if (c->media_address_count == IC_CANDIDATES_MAX ||
            ic_addr_parse(item, len, &c->media_address[c->media_address_count]) != IC_OK)
            return IC_ERR_INPUT;
        c->media_address_count++;
    }
    return IC_OK;
}

static void media_address_text(const struct ic_config *c, char *out, size_t cap)
{
    for (size_t i = 0; i < c->media_address_count; i++) {
        char text[IC_ADDR_TEXT_MAX];
        ic_addr_text(&c->media_address[i], text);
        append(out, cap, text);
    }
}

#define NUMBER_SETTING(name, type, least, most)                                                    \
    static enum ic_err set_##name(struct ic_config *c, const char *value)                          \
    {                                                                                              \
        uint32_t number;                                                                           \
        if (ic_value_number(value, least, most, &number) != IC_OK)                                 \
            return IC_ERR_INPUT;                                                                   \
        c->name = (type)number;                                                                    \
        return IC_OK;                                                                              \
    }                                                                                              \
    static void name##_text(const struct ic_config *c, char *out, size_t cap)                      \
    {                                                                                              \
        snprintf(out, cap, "%u", (unsigned)c->name);                                               \
    }

NUMBER_SETTING(media_port, uint16_t, 1, 65535)
NUMBER_SETTING(media_udp_base, uint16_t, 1024, 65000)
NUMBER_SETTING(relay_port, uint16_t, 1, 65535)
NUMBER_SETTING(media_workers, uint32_t, 0, 64)
NUMBER_SETTING(coalesce_us, uint32_t, 0, IC_COALESCE_MAX_US)
NUMBER_SETTING(participants_max, uint32_t, 2, 100000)
NUMBER_SETTING(meeting_members_max, uint32_t, 2, IC_ROOM_MEMBERS_MAX)
NUMBER_SETTING(connections_max, uint32_t, 16, 100000)
NUMBER_SETTING(connections_per_address_max, uint32_t, 4, 100000)
NUMBER_SETTING(drain_timeout_s, uint32_t, 0, 86400)

static enum ic_err set_data_dir(struct ic_config *c, const char *value)
{
    return copy_text(c->data_dir, value);
}

static void data_dir_text(const struct ic_config *c, char *out, size_t cap)
{
    append(out, cap, c->data_dir);
}

static enum ic_err set_log_folder(struct ic_config *c, const char *value)
{
    return copy_text(c->log_folder, value);
}

static void log_folder_text(const struct ic_config *c, char *out, size_t cap)
{
    append(out, cap, c->log_folder);
}

/* What the node says of itself in its certificate (nodes.md 2). The whole is checked when the text
 * is made (node_facts.c); here, that it fits. */
#define TEXT_SETTING(name)                                                                         \
    static enum ic_err set_##name(struct ic_config *c, const char *value)                          \
    {                                                                                              \
        size_t len = strlen(value);                                                                \
        if (len >= sizeof c->name)                                                                 \
            return IC_ERR_INPUT;                                                                   \
        memcpy(c->name, value, len + 1);                                                           \
        return IC_OK;                                                                              \
    }                                                                                              \
    static void name##_text(const struct ic_config *c, char *out, size_t cap)                      \
    {                                                                                              \
        append(out, cap, c->name);                                                                 \
    }

TEXT_SETTING(node_name)
TEXT_SETTING(node_region)
TEXT_SETTING(node_site)
TEXT_SETTING(node_entity)
TEXT_SETTING(nats_credentials)
TEXT_SETTING(nats_ca)

static enum ic_err set_nats_url(struct ic_config *c, const char *value)
{
    return value[0] == '\0' || ic_value_is_nats_url(value) ? copy_text(c->nats_url, value)
                                                           : IC_ERR_INPUT;
}

static void nats_url_text(const struct ic_config *c, char *out, size_t cap)
{
    append(out, cap, c->nats_url);
}

static enum ic_err set_cluster_name(struct ic_config *c, const char *value)
{
    size_t len = strlen(value);
    if (len >= sizeof c->cluster_name || (len > 0 && !ic_value_is_tag(value, len)))
        return IC_ERR_INPUT;
    memcpy(c->cluster_name, value, len + 1);
    return IC_OK;
}

static void cluster_name_text(const struct ic_config *c, char *out, size_t cap)
{
    append(out, cap, c->cluster_name);
}

static enum ic_err set_placement_tags(struct ic_config *c, const char *value)
{
    const char *item;
    size_t len;
    c->placement_tag_count = 0;
    while (ic_value_next_item(&value, &item, &len)) {
        if (c->placement_tag_count == IC_CONFIG_TAGS_MAX || len >= IC_CONFIG_TAG_MAX ||
            !ic_value_is_tag(item, len))
            return IC_ERR_INPUT;
        memcpy(c->placement_tags[c->placement_tag_count], item, len);
        c->placement_tags[c->placement_tag_count++][len] = '\0';
    }
    return IC_OK;
}

static void placement_tags_text(const struct ic_config *c, char *out, size_t cap)
{
    for (size_t i = 0; i < c->placement_tag_count; i++)
        append(out, cap, c->placement_tags[i]);
}

static enum ic_err set_log_format(struct ic_config *c, const char *value)
{
    c->log_is_text = strcmp(value, "text") == 0;
    return c->log_is_text || strcmp(value, "json") == 0 ? IC_OK : IC_ERR_INPUT;
}

static void log_format_text(const struct ic_config *c, char *out, size_t cap)
{
    append(out, cap, c->log_is_text ? "text" : "json");
}

static const char *const crypto_words[] = {"auto", "openssl", "ipsec-mb"}; /* as in the enum */

static enum ic_err set_crypto_engine(struct ic_config *c, const char *value)
{
    return ic_value_word(value, crypto_words, 3, &c->crypto_engine);
}

static void crypto_engine_text(const struct ic_config *c, char *out, size_t cap)
{
    append(out, cap, crypto_words[c->crypto_engine]);
}

#define SETTING(name, initial_value, form_text, help_text)                                         \
    {                                                                                              \
        .key = #name, .initial = (initial_value), .form = (form_text), .help = (help_text),        \
        .set = set_##name, .text = name##_text                                                     \
    }

static const struct setting settings[] = {
    SETTING(listen, ":443", "address:port, …", "where HTTPS and WebSockets are served"),
    SETTING(tls, "on", "on | off | self-signed", "off only behind a proxy on the same machine"),
    SETTING(tls_cert, "", "file", "certificate chain (PEM); SIGHUP reads it again"),
    SETTING(tls_key, "", "file", "its private key (PEM)"),
    SETTING(origin, "", "https://host, …", "origins that may connect; empty: the Host asked for"),
    {.key = "issuer",
     .initial = "",
     .form = "https://issuer client-id name, …",
     .help = "who may sign people in (OpenID Connect); repeatable",
     .set = set_issuer,
     .text = issuer_text,
     .is_list = true},
    SETTING(media_address, "", "IP, …",
            "announced for media; empty: all addresses of this machine"),
    SETTING(media_port, "443", "1..65535", "UDP port of the first media worker"),
    SETTING(media_udp_base, "10000", "1024..65000", "worker i >= 1 listens on this port + i"),
    SETTING(relay_port, "10000", "1..65535", "TCP port between nodes, the same at all of them"),
    SETTING(media_workers, "0", "0..64", "threads that carry media; 0: one per core"),
    SETTING(coalesce_us, "2000", "0..2000", "media is read so often at most, when that saves work"),
    SETTING(crypto_engine, "auto", "auto | openssl | ipsec-mb",
            "who encrypts media; auto: the fastest that runs here"),
    SETTING(data_dir, "/var/lib/incamera", "folder", "database and keys; created with mode 0700"),
    SETTING(log_folder, "", "folder", "public folder of a log, served below /log/; empty: none"),
    SETTING(node_name, "", "host", "of this node in its certificate; empty: host of origin"),
    SETTING(node_region, "", "DE", "country that this node stands in (ISO 3166-1)"),
    SETTING(node_site, "", "50.11 8.68 25", "latitude, longitude, and within how many km"),
    SETTING(node_entity, "", "text", "who runs this machine, as people will read it"),
    SETTING(nats_url, "", "tls://host:port, …", "bus of several nodes (NATS); empty: one node"),
    SETTING(nats_credentials, "", "file", "what this node signs in to the bus with"),
    SETTING(nats_ca, "", "file", "who certifies the servers of the bus (PEM)"),
    SETTING(cluster_name, "", "name", "of the NATS cluster that keeps the directory"),
    SETTING(placement_tags, "", "country:de, …", "servers that may keep the directory"),
    SETTING(participants_max, "1000", "2..100000", "people on this server; then nobody new"),
    SETTING(meeting_members_max, "200", "2..200", "people in one meeting"),
    SETTING(connections_max, "4000", "16..100000", "open sockets"),
    SETTING(connections_per_address_max, "1024", "4..100000",
            "open sockets of one address (a school may share one)"),
    SETTING(log_format, "json", "json | text", "lines on standard error"),
    SETTING(drain_timeout_s, "30", "0..86400", "SIGTERM waits this long for meetings to end"),
};

#define SETTING_COUNT (sizeof settings / sizeof settings[0])
static_assert(SETTING_COUNT <= SETTINGS_MAX, "settings");

/* ---- sources ---- */

/* Reading state: which settings were given, and by what. */
struct reader {
    struct ic_config *config;
    char *why;
    const char *place;             /* "the file …", "the environment", "the command line" */
    bool given[SETTINGS_MAX];      /* by a source of higher precedence */
    bool given_here[SETTINGS_MAX]; /* by this source */
};

static const struct setting *nearest_setting(const char *key)
{
    const struct setting *best = NULL;
    size_t best_distance = 4; /* further away it is no help */
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        size_t distance = ic_value_distance(key, settings[i].key);
        bool is_like = distance * 3 <= strlen(key) * 2; /* two thirds changed: another word */
        if (distance < best_distance && is_like) {
            best = &settings[i];
            best_distance = distance;
        }
    }
    return best;
}

static enum ic_err refuse_key(struct reader *r, const char *key)
{
    const struct setting *near = nearest_setting(key);
    if (near != NULL)
        snprintf(r->why, IC_CONFIG_WHY_MAX,
                 "%s: there is no setting \"%.60s\". Did you mean \"%s\"?", r->place, key,
                 near->key);
    else
        snprintf(r->why, IC_CONFIG_WHY_MAX,
                 "%s: there is no setting \"%.60s\". 'incamera serve --help' lists them.", r->place,
                 key);
    return IC_ERR_INPUT;
}

static enum ic_err give(struct reader *r, const char *key, const char *value)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].key, key) != 0)
            continue;
        if (r->given_here[i] && !settings[i].is_list) {
            snprintf(r->why, IC_CONFIG_WHY_MAX, "%s: \"%s\" is given twice. Keep one of them.",
                     r->place, key);
            return IC_ERR_INPUT;
        }
        r->given_here[i] = true;
        struct ic_config scratch = *r->config; /* a value that loses is checked all the same */
        struct ic_config *target = r->given[i] ? &scratch : r->config;
        if (settings[i].set(target, value) == IC_OK)
            return IC_OK;
        snprintf(r->why, IC_CONFIG_WHY_MAX, "%s: %s = \"%.100s\" is not valid. Expected: %s.",
                 r->place, key, value, settings[i].form);
        return IC_ERR_INPUT;
    }
    return refuse_key(r, key);
}

static void next_source(struct reader *r, const char *place)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        r->given[i] = r->given[i] || r->given_here[i];
        r->given_here[i] = false;
    }
    r->place = place;
}

static enum ic_err read_flags(struct reader *r, const struct ic_config_source *source)
{
    char key[64];
    for (int i = 0; i < source->flag_count; i++) {
        const char *flag = source->flags[i];
        if (strcmp(flag, "--dev") == 0 || strcmp(flag, "--lan") == 0)
            continue;
        size_t len = strcspn(flag, "=");
        if (strncmp(flag, "--", 2) != 0 || len < 3 || len - 2 >= sizeof key) {
            snprintf(r->why, IC_CONFIG_WHY_MAX,
                     "\"%.60s\" is not understood. 'incamera serve --help' lists the flags.", flag);
            return IC_ERR_INPUT;
        }
        for (size_t k = 0; k < len - 2; k++)
            key[k] = flag[k + 2] == '-' ? '_' : flag[k + 2];
        key[len - 2] = '\0';
        const char *value = &flag[len + 1];
        if (flag[len] == '\0') {
            if (i + 1 == source->flag_count || strncmp(source->flags[i + 1], "--", 2) == 0) {
                snprintf(r->why, IC_CONFIG_WHY_MAX, "%.60s needs a value.", flag);
                return nearest_setting(key) == NULL ? refuse_key(r, key) : IC_ERR_INPUT;
            }
            value = source->flags[++i];
        }
        enum ic_err e = give(r, key, value);
        if (e != IC_OK)
            return e;
    }
    return IC_OK;
}

static enum ic_err read_environment(struct reader *r, const struct ic_config_source *source)
{
    size_t prefix = strlen(ENVIRONMENT_PREFIX);
    char key[64];
    for (const char *const *e = source->environment; e != NULL && *e != NULL; e++) {
        if (strncmp(*e, ENVIRONMENT_PREFIX, prefix) != 0)
            continue;
        const char *name = *e + prefix;
        size_t len = strcspn(name, "=");
        if (len >= sizeof key)
            len = sizeof key - 1;
        for (size_t k = 0; k < len; k++)
            key[k] = (char)(name[k] >= 'A' && name[k] <= 'Z' ? name[k] - 'A' + 'a' : name[k]);
        key[len] = '\0';
        enum ic_err err = give(r, key, &name[strcspn(name, "=") + 1]);
        if (err != IC_OK)
            return err;
    }
    return IC_OK;
}

static int on_file_line(void *user, const char *section, const char *key, const char *value)
{
    struct reader *r = user;
    if (r->why[0] != '\0')
        return 0; /* the first mistake is the one to tell */
    if (section[0] != '\0') {
        snprintf(r->why, IC_CONFIG_WHY_MAX,
                 "%s: there are no sections; remove the line \"[%.40s]\" above.", r->place,
                 section);
        return 0;
    }
    return give(r, key, value) == IC_OK;
}

struct line_source {
    FILE *file;
    struct reader *reader;
};

/* One line for the INI parser, whose lines are short (libinih: 200 bytes) and for which a blank at
 * the start continues the line before. Here a long line is refused, unless it is a comment, and
 * blanks mean nothing. */
static char *next_line(char *line, int cap, void *stream)
{
    struct line_source *source = stream;
    struct reader *r = source->reader;
    if (fgets(line, cap, source->file) == NULL)
        return NULL;
    size_t len = strlen(line);
    bool is_long = len + 1 == (size_t)cap && line[len - 1] != '\n';
    for (int c = 0; is_long && c != EOF && c != '\n';)
        c = fgetc(source->file);
    size_t blank = strspn(line, " \t");
    memmove(line, &line[blank], len + 1 - blank);
    if (is_long && line[0] != '#' && line[0] != ';' && r->why[0] == '\0')
        snprintf(r->why, IC_CONFIG_WHY_MAX,
                 "%s: the line is longer than %d bytes. Give this setting as a flag or in the "
                 "environment.",
                 r->place, cap - 2);
    return line;
}

/* NULL with errno: a folder opens like a file and then reads as an empty one. */
static FILE *open_file(const char *path)
{
    struct stat s;
    FILE *file = fopen(path, "re");
    if (file == NULL || fstat(fileno(file), &s) != 0 || !S_ISDIR(s.st_mode))
        return file;
    fclose(file);
    errno = EISDIR;
    return NULL;
}

static enum ic_err read_file(struct reader *r, const char *path)
{
    char cause[IC_CONFIG_WHY_MAX];
    FILE *file = open_file(path);
    if (file == NULL) {
        snprintf(r->why, IC_CONFIG_WHY_MAX,
                 "The configuration file %.200s cannot be read (%s). Check its path and "
                 "permissions.",
                 path, strerror(errno));
        return IC_ERR_INPUT;
    }
    struct line_source lines = {.file = file, .reader = r};
    int line = ini_parse_stream(next_line, &lines, on_file_line, r);
    fclose(file);
    if (line == 0)
        return IC_OK;
    memcpy(cause, r->why, sizeof cause);
    const char *said = strstr(cause, ": ");
    snprintf(r->why, IC_CONFIG_WHY_MAX, "%.200s line %d: %.280s", path, line,
             said == NULL ? "not understood. A line is: key = value" : &said[2]);
    return IC_ERR_INPUT;
}

/* ---- the whole ---- */

/* What --dev and --lan mean: defaults that a flag or the environment may still change. */
static void set_dev_defaults(struct ic_config *c)
{
    c->log_is_text = true;
    c->media_port = 10000;
    c->data_dir[0] = '\0'; /* a throw-away folder */
    c->drain_timeout_s = 0;
    c->tls = c->is_lan ? IC_CONFIG_TLS_SELF_SIGNED : IC_CONFIG_TLS_OFF;
    enum ic_err e = set_listen(c, c->is_lan ? ":8443" : "127.0.0.1:8080, [::1]:8080");
    IC_ASSERT(e == IC_OK);
    /* A trial has to claim some place: nothing tells a program where its machine stands. */
    e = set_node_region(c, "DE");
    IC_ASSERT(e == IC_OK);
    e = set_node_site(c, "51.16 10.45 500");
    IC_ASSERT(e == IC_OK);
    e = set_node_entity(c, "Trial on somebody's own machine");
    IC_ASSERT(e == IC_OK);
}

/* Nobody but this machine can reach the server. */
static bool is_on_loopback(const struct ic_config *c)
{
    static const uint8_t six[16] = {[15] = 1}; /* ::1 */
    for (size_t i = 0; i < c->listen_count; i++) {
        bool is_four = ic_addr_is_v4(&c->listen[i]) && c->listen[i].ip[12] == 127;
        if (!is_four && memcmp(c->listen[i].ip, six, sizeof six) != 0)
            return false;
    }
    return true;
}

static enum ic_err check_bus(const struct ic_config *c, char *why)
{
    bool is_else_set = c->nats_credentials[0] != '\0' || c->nats_ca[0] != '\0' ||
                       c->cluster_name[0] != '\0' || c->placement_tag_count > 0;
    const char *missing = c->nats_credentials[0] == '\0' ? "nats_credentials"
                          : c->cluster_name[0] == '\0'   ? "cluster_name"
                                                         : NULL;
    if (c->nats_url[0] == '\0' && is_else_set) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "nats_url is empty, but other settings of a cluster are there. Set nats_url to "
                 "the servers of the bus, or remove nats_credentials, nats_ca, cluster_name and "
                 "placement_tags.");
        return IC_ERR_INPUT;
    }
    if (strstr(c->nats_url, "tls://") != NULL && c->nats_ca[0] == '\0') {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "nats_url has tls://, so nats_ca is needed: the certificate of who certifies the "
                 "servers of the bus, and nobody else. Names are not compared.");
        return IC_ERR_INPUT;
    }
    if (c->nats_url[0] == '\0' || missing == NULL)
        return IC_OK;
    snprintf(why, IC_CONFIG_WHY_MAX, "nats_url is set, so %s is needed too: %s.", missing,
             c->nats_credentials[0] == '\0' ? "the file with which this node signs in"
                                            : "the name in 'cluster { name: ... }' of the servers");
    return IC_ERR_INPUT;
}

static enum ic_err check_whole(const struct ic_config *c, char *why)
{
    if (c->is_lan && !c->is_dev) {
        snprintf(why, IC_CONFIG_WHY_MAX, "--lan belongs to --dev: 'incamera serve --dev --lan'.");
        return IC_ERR_INPUT;
    }
    if (c->tls == IC_CONFIG_TLS_ON && (c->tls_cert[0] == '\0' || c->tls_key[0] == '\0')) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "tls is on, but tls_cert and tls_key name no files. Set both, or try the server "
                 "with 'incamera serve --dev'.%s",
                 c->file == NULL && !c->is_dev
                     ? " (No file was read: there is no " IC_CONFIG_DEFAULT_FILE ".)"
                     : "");
        return IC_ERR_INPUT;
    }
    if (c->tls == IC_CONFIG_TLS_OFF && !c->is_dev && c->origin_count == 0) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "tls is off, so the server cannot know the address that browsers see. Set origin "
                 "to it, such as origin = https://meet.example.org.");
        return IC_ERR_INPUT;
    }
    for (size_t i = 0; i < c->issuer_count && !c->is_dev; i++) {
        if (!ic_web_issuers_is_local(c->issuers[i].issuer) || is_on_loopback(c))
            continue;
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "issuer %.200s has no TLS: a browser elsewhere cannot reach it, and must not. Use "
                 "an https:// address, or try it with 'incamera serve --dev'.",
                 c->issuers[i].issuer);
        return IC_ERR_INPUT;
    }
    if (c->data_dir[0] == '\0' && !c->is_dev) {
        snprintf(why, IC_CONFIG_WHY_MAX, "data_dir is empty. Name a folder for database and keys.");
        return IC_ERR_INPUT;
    }
    return check_bus(c, why);
}

enum ic_err ic_config_read(struct ic_config *config, const struct ic_config_source *source,
                           char why[static IC_CONFIG_WHY_MAX])
{
    struct reader reader = {.config = config, .why = why, .place = "The command line"};
    memset(config, 0, sizeof *config);
    why[0] = '\0';
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        enum ic_err e = settings[i].set(config, settings[i].initial);
        IC_ASSERT(e == IC_OK);
    }
    for (int i = 0; i < source->flag_count; i++) {
        config->is_dev = config->is_dev || strcmp(source->flags[i], "--dev") == 0;
        config->is_lan = config->is_lan || strcmp(source->flags[i], "--lan") == 0;
    }
    if (config->is_dev)
        set_dev_defaults(config);
    enum ic_err e = read_flags(&reader, source);
    if (e != IC_OK)
        return e;
    next_source(&reader, "The environment");
    e = read_environment(&reader, source);
    if (e != IC_OK)
        return e;
    next_source(&reader, "The file");
    const char *path = source->file;
    if (path == NULL && !config->is_dev && access(IC_CONFIG_DEFAULT_FILE, F_OK) == 0)
        path = IC_CONFIG_DEFAULT_FILE;
    config->file = path;
    if (path != NULL)
        e = read_file(&reader, path);
    if (e == IC_OK && check_whole(config, why) != IC_OK && !source->is_draft)
        e = IC_ERR_INPUT;
    return e;
}

void ic_config_help(FILE *out)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char flag[40] = "--";
        for (size_t k = 0; settings[i].key[k] != '\0' && k + 3 < sizeof flag; k++)
            flag[k + 2] = settings[i].key[k] == '_' ? '-' : settings[i].key[k];
        fprintf(out, "  %-30s %s\n", flag, settings[i].help);
        fprintf(out, "  %-30s   %s; default: %s\n", "", settings[i].form,
                settings[i].initial[0] == '\0' ? "none" : settings[i].initial);
    }
}

static void print_json(const struct ic_config *config, FILE *out)
{
    json_t *object = json_object();
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char text[CONFIG_LINE_MAX] = "";
        settings[i].text(config, text, sizeof text);
        json_object_set_new(object, settings[i].key, json_string(text));
    }
    json_dumpf(object, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(object);
}

void ic_config_print(const struct ic_config *config, bool is_json, FILE *out)
{
    if (is_json) {
        print_json(config, out);
        return;
    }
    fputs("# The settings of incamera " IC_VERSION
          ": see incamera.conf(5). Lines with # are comments.\n",
          out);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char text[CONFIG_LINE_MAX] = "";
        settings[i].text(config, text, sizeof text);
        fprintf(out, "\n# %s (%s)\n%s =%s%s\n", settings[i].help, settings[i].form, settings[i].key,
                text[0] == '\0' ? "" : " ", text);
    }
}

uint16_t ic_config_media_port(const struct ic_config *config, uint32_t worker)
{
    return worker == 0 ? config->media_port : (uint16_t)(config->media_udp_base + worker);
}
