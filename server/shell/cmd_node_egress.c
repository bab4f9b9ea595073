/* incamera node egress: the nftables ruleset of a node's machine (cluster/egress.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cluster/egress.h"
#include "shell/addresses.h"
#include "shell/clock.h"
#include "shell/cmd_args.h"
#include "shell/cmd_config.h"
#include "shell/cmd_node.h"
#include "shell/config_value.h"
#include "shell/set_certs.h"

#define BUS_MAX  8
#define BUS_PORT 4222
#define LETTERS  26

static const char help[] =
    "usage: incamera node egress [--policy-countries LIST] [--no-clients [--also LIST]]\n"
    "                            [--config FILE] [settings] [--json]\n\n"
    "Prints a ruleset of nftables for this machine: it sends nothing to any node of the\n"
    "deployment but those that may carry and relay meetings of these countries, UDP or TCP, IPv4\n"
    "or IPv6, and counts what it drops. Addresses are those of proved certificates alone: the\n"
    "node set in the data folder, and in log_folder all the certificates that it names. Run it as\n"
    "the user that runs the server, again after each new set, and load it where the server "
    "runs:\n\n"
    "  incamera node egress --policy-countries DE,FR > egress.nft && nft -f egress.nft\n\n"
    "  --policy-countries LIST  countries and groups, as DE,FR or EU; this node's must be one of\n"
    "                           them. Without it: this node's alone\n"
    "  --no-clients             for a machine without clients of its own: it sends to those nodes\n"
    "                           (UDP, relay_port), to the servers of nats_url, which must be "
    "addresses then,\n"
    "                           and to --also. Nobody else gets an answer\n"
    "  --also LIST              addresses or blocks, as 192.0.2.53,2001:db8::/48: resolvers, "
    "time,\n"
    "                           your own way in\n"
    "  --config FILE            instead of " IC_CONFIG_DEFAULT_FILE "\n"
    "  --json                   {\"ok\":true,\"ruleset\":\"...\",...} or "
    "{\"ok\":false,\"error\":\"...\"}\n\n"
    "The settings are those of 'incamera serve --help'; log_folder is needed.\n"
    "Exit status: 0 printed, 1 nothing is proved or this node may not: no ruleset, 2 wrong usage\n"
    "or configuration.";

struct run {
    struct ic_cmd_options options;
    struct ic_config config;
    const char *countries_text, *also_text;
    bool is_asked[LETTERS][LETTERS];
    uint8_t countries[IC_POLICY_COUNTRIES_MAX * IC_COUNTRY_LEN];
    size_t country_count;
    struct ic_addr bus[BUS_MAX];
    struct ic_node_prefix also[IC_EGRESS_ALSO_MAX];
    struct ic_egress_rules rules;
    struct ic_data_dir data;
    struct ic_node_papers papers;
    struct ic_node_proved proved;
    struct ic_egress_cert certs[IC_NODE_CLAIMS_MAX];
    size_t cert_count;
    struct ic_egress plan;
    uint64_t now_s;
    uint8_t text[IC_EGRESS_BYTES_MAX];
    char why[IC_CONFIG_WHY_MAX];
};

static bool fail(struct run *r, const char *words)
{
    snprintf(r->why, sizeof r->why, "%s", words);
    return false;
}

/* ---- what is asked for ---- */

/* Take what is ours out of argv. */
static bool take_options(struct run *r, int *argc, char **argv)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        const char *value;
        if ((value = ic_cmd_value_of("--policy-countries", *argc, argv, &i)) != NULL)
            r->countries_text = value;
        else if ((value = ic_cmd_value_of("--also", *argc, argv, &i)) != NULL)
            r->also_text = value;
        else if (strcmp(argv[i], "--no-clients") == 0)
            r->rules.is_closed = true;
        else
            argv[kept++] = argv[i];
    }
    *argc = kept;
    return r->also_text == NULL || r->rules.is_closed ||
           fail(r, "--also goes with --no-clients: without that, everybody but nodes is sent to.");
}

static bool ask_for_group(struct run *r, const char *name, size_t len)
{
    enum ic_country_group group;
    if (!ic_country_group_find(name, len, &group))
        return false;
    for (int a = 0; a < LETTERS; a++)
        for (int b = 0; b < LETTERS; b++) {
            const char code[IC_COUNTRY_LEN] = {(char)('A' + a), (char)('A' + b)};
            if (ic_country_is_known(code) && ic_country_is_in(code, group))
                r->is_asked[a][b] = true;
        }
    return true;
}

static bool is_code(const char *item, size_t len)
{
    return len == IC_COUNTRY_LEN && item[0] >= 'A' && item[0] <= 'Z' && item[1] >= 'A' &&
           item[1] <= 'Z' && ic_country_is_known(item);
}

static bool read_countries(struct run *r)
{
    const char *item, *list = r->countries_text;
    size_t len;
    while (list != NULL && ic_value_next_item(&list, &item, &len)) {
        if (is_code(item, len)) {
            r->is_asked[item[0] - 'A'][item[1] - 'A'] = true;
        } else if (!ask_for_group(r, item, len)) {
            snprintf(r->why, sizeof r->why,
                     "--policy-countries: \"%.*s\" is no country of two capitals and no group (EU, "
                     "EEA, EFTA, FVEY).",
                     (int)(len < 40 ? len : 40), item);
            return false;
        }
    }
    for (size_t a = 0; a < LETTERS; a++)
        for (size_t b = 0; b < LETTERS; b++)
            if (r->is_asked[a][b] && r->country_count < IC_POLICY_COUNTRIES_MAX) {
                uint8_t *at = &r->countries[IC_COUNTRY_LEN * r->country_count++];
                at[0] = (uint8_t)('A' + a);
                at[1] = (uint8_t)('A' + b);
            }
    return r->countries_text == NULL || r->country_count > 0 ||
           fail(r, "--policy-countries names no country.");
}

/* A node's block has at least so many bits; here any will do. */
static bool read_block(const char *item, size_t len, struct ic_node_prefix *out)
{
    const char *slash = memchr(item, '/', len);
    struct ic_addr addr;
    char bits_text[4] = "";
    uint32_t bits = 0;
    size_t ip_len = slash == NULL ? len : (size_t)(slash - item);
    if (ic_addr_parse(item, ip_len, &addr) != IC_OK)
        return false;
    uint32_t most = ic_addr_is_v4(&addr) ? 32 : 128;
    if (slash != NULL && (len - ip_len - 1 >= sizeof bits_text || len == ip_len + 1))
        return false;
    if (slash != NULL)
        memcpy(bits_text, slash + 1, len - ip_len - 1);
    if (slash != NULL && ic_value_number(bits_text, 1, most, &bits) != IC_OK)
        return false;
    *out = ic_node_prefix_of(&addr);
    out->bits = (uint8_t)(128 - most + (slash == NULL ? most : bits));
    for (unsigned bit = out->bits; bit < 128; bit++)
        if ((out->ip[bit / 8] & 0x80u >> bit % 8) != 0)
            return false;
    return true;
}

static bool read_also(struct run *r)
{
    const char *item, *list = r->also_text;
    size_t len, count = 0;
    while (list != NULL && ic_value_next_item(&list, &item, &len)) {
        if (count == IC_EGRESS_ALSO_MAX)
            return fail(r, "--also names more than 64 blocks.");
        if (!read_block(item, len, &r->also[count++])) {
            snprintf(r->why, sizeof r->why,
                     "--also: \"%.*s\" is no address and no block, as 192.0.2.53 or 2001:db8::/48 "
                     "(nothing set behind the prefix).",
                     (int)(len < 60 ? len : 60), item);
            return false;
        }
    }
    r->rules.also = r->also;
    r->rules.also_count = ic_egress_merge(r->also, count);
    return true;
}

/* Only addresses become rules: a name is whatever somebody says that it is. */
static bool read_bus(struct run *r)
{
    const char *item, *list = r->config.nats_url;
    size_t len;
    r->rules.bus = r->bus;
    r->rules.relay_port = list[0] == '\0' ? 0 : r->config.relay_port; /* alone, there is none */
    while (ic_value_next_item(&list, &item, &len) && r->rules.bus_count < BUS_MAX) {
        const char *host = strstr(item, "://") + 3;
        size_t host_len = len - (size_t)(host - item);
        struct ic_addr *out = &r->bus[r->rules.bus_count];
        bool is_bare = host_len > 2 && host[0] == '[' && host[host_len - 1] == ']';
        bool ok = ic_value_endpoint(host, host_len, out) == IC_OK && host[0] != ':';
        if (!ok)
            ok = ic_addr_parse(is_bare ? host + 1 : host, is_bare ? host_len - 2 : host_len, out) ==
                 IC_OK;
        if (ok && out->port == 0)
            out->port = BUS_PORT;
        if (ok) {
            r->rules.bus_count++;
        } else if (r->rules.is_closed) {
            snprintf(r->why, sizeof r->why,
                     "nats_url: \"%.*s\" is no address, and --no-clients lets nothing out to a "
                     "name. Write the address, as tls://10.0.0.1:4222.",
                     (int)(len < 80 ? len : 80), item);
            return false;
        }
    }
    return true;
}

/* ---- what is proved ---- */

static bool load_papers(struct run *r)
{
    struct ic_addr addresses[IC_CANDIDATES_MAX];
    size_t count = r->config.media_address_count;
    struct ic_dtls_credentials *credentials = ic_data_dir_credentials(&r->data, r->why);
    if (credentials == NULL)
        return false;
    if (count == 0)
        count = ic_addresses_list(false, addresses, IC_CANDIDATES_MAX);
    else
        memcpy(addresses, r->config.media_address, count * sizeof addresses[0]);
    ic_node_papers_init(&r->papers, &r->data, credentials, addresses, count);
    ic_dtls_credentials_destroy(credentials);
    switch (ic_node_papers_load(&r->papers, r->now_s, r->why)) {
    case IC_NODE_PAPERS_GOOD:
        return ic_node_papers_proved(&r->papers, &r->proved) ||
               fail(r, "The crypto library failed.");
    case IC_NODE_PAPERS_NONE:
        return fail(r, "this node has no certificate: its operators sign one (docs/operators.md).");
    case IC_NODE_PAPERS_REFUSED:
        break;
    }
    return false;
}

static bool refuse_plan(struct run *r, enum ic_place_reason reason)
{
    if (reason == IC_PLACE_NO_NODE_IN_REGION)
        snprintf(r->why, sizeof r->why,
                 "this node stands in %s, which is not among these countries: no meeting of them "
                 "may run here.",
                 r->proved.self.country);
    else
        snprintf(r->why, sizeof r->why, "this node may not carry meetings of these countries (%s).",
                 ic_place_reason_word(reason));
    return false;
}

static bool make_plan(struct run *r)
{
    const struct ic_node_claim *self = &r->proved.self;
    if (r->config.log_folder[0] == '\0')
        return fail(r, "log_folder is not set: a copy of the log has the certificates of the other "
                       "nodes.");
    if (!ic_set_certs_read(r->config.log_folder, &r->proved, r->now_s, r->certs, &r->cert_count,
                           r->why))
        return false;
    if (r->country_count == 0) {
        memcpy(r->countries, self->country, IC_COUNTRY_LEN);
        r->country_count = 1;
    }
    const struct ic_egress_facts facts = {.certs = r->certs,
                                          .cert_count = r->cert_count,
                                          .set = &r->proved.set,
                                          .self = self,
                                          .countries = r->countries,
                                          .country_count = r->country_count,
                                          .now_s = r->now_s};
    enum ic_place_reason reason = ic_egress_plan(&r->plan, &facts);
    return reason == IC_PLACE_GOOD || refuse_plan(r, reason);
}

/* ---- what is printed ---- */

static void write_head(struct run *r, struct ic_wr *w)
{
    char line[512];
    time_t end = (time_t)r->papers.not_after_s;
    struct tm utc;
    char date[32] = "";
    if (gmtime_r(&end, &utc) != NULL)
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(line, sizeof line,
             "# incamera node egress: %s, node set %llu, whose papers end at %s\n"
             "# %zu nodes may carry these meetings beside it, %zu may not; countries:",
             r->proved.name, (unsigned long long)r->proved.set.serial, date, r->plan.peer_nodes,
             r->plan.outside_nodes);
    ic_wr_text(w, line);
    for (size_t i = 0; i < r->country_count; i++) {
        ic_wr_u8(w, ' ');
        ic_wr_bytes(w, &r->countries[IC_COUNTRY_LEN * i], IC_COUNTRY_LEN);
    }
    ic_wr_u8(w, '\n');
}

static json_t *countries_of(const struct run *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->country_count; i++)
        json_array_append_new(
            list, json_stringn((const char *)&r->countries[IC_COUNTRY_LEN * i], IC_COUNTRY_LEN));
    return list;
}

static int print(struct run *r)
{
    struct ic_wr w = ic_wr_init(r->text, sizeof r->text);
    write_head(r, &w);
    ic_egress_write(&w, &r->plan, &r->rules);
    if (!ic_wr_ok(&w)) {
        (void)fail(r, "the ruleset is too large.");
        return 1;
    }
    if (r->plan.shared_count > 0)
        fprintf(stderr,
                "incamera node egress: warning: %zu blocks of nodes that may carry these meetings "
                "touch those of nodes that may not; what lies in both is denied.\n",
                r->plan.shared_count);
    if (r->options.is_json)
        ic_cmd_print_json(json_pack(
            "{s:b,s:s%,s:o,s:I,s:I,s:I,s:I}", "ok", 1, "ruleset", r->text, w.len, "countries",
            countries_of(r), "serial", (json_int_t)r->proved.set.serial, "not_after",
            (json_int_t)r->papers.not_after_s, "peers", (json_int_t)r->plan.peer_nodes, "outside",
            (json_int_t)r->plan.outside_nodes));
    if (!r->options.is_json &&
        (fwrite(r->text, 1, w.len, stdout) != w.len || fflush(stdout) != 0)) {
        (void)fail(r, "standard output cannot be written.");
        return 1;
    }
    return 0;
}

static int refuse(struct run *r, int status)
{
    fprintf(stderr, "incamera node egress: %s\n", r->why);
    if (r->options.is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s}", "ok", 0, "error", r->why));
    return status;
}

static int run(struct run *r, int argc, char **argv)
{
    if (!take_options(r, &argc, argv))
        return refuse(r, 2);
    if (!ic_cmd_read_config("node egress", argc, argv, &r->options, &r->config))
        return 2;
    if (r->options.is_help) {
        puts(help);
        return 0;
    }
    if (r->config.is_dev)
        (void)fail(r, "a trial server ('incamera serve --dev') is alone: there is nobody to deny.");
    if (r->config.is_dev || !read_countries(r) || !read_also(r) || !read_bus(r))
        return refuse(r, 2);
    r->now_s = (uint64_t)ic_clock_wall_s();
    bool ok = ic_data_dir_open(&r->data, r->config.data_dir, r->why) == IC_OK && load_papers(r) &&
              make_plan(r);
    if (!ok || print(r) != 0)
        return refuse(r, 1);
    return 0;
}

int ic_cmd_node_egress(int argc, char **argv)
{
    struct run *r = calloc(1, sizeof *r);
    if (r == NULL) {
        fputs("incamera node egress: there is not enough memory.\n", stderr);
        return 1;
    }
    int status = run(r, argc, argv);
    ic_node_papers_deinit(&r->papers);
    free(r);
    return status;
}
