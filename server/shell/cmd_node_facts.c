/* incamera node facts: what a machine that carries meetings says about itself. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "shell/addresses.h"
#include "shell/clock.h"
#include "shell/cmd_args.h"
#include "shell/cmd_config.h"
#include "shell/cmd_node.h"
#include "shell/config_value.h"
#include "shell/node_facts.h"

#define DAYS_MAX (IC_NODE_CERT_VALIDITY_MAX_S / 86400)

static const char help[] =
    "usage: incamera node facts [--days N] [--serial N] [--config FILE] [settings] [--json]\n\n"
    "Prints the text of this machine's certificate, for the operators to sign: its name,\n"
    "country, site, who runs it, its addresses, and the hash of its media key, from the\n"
    "configuration and the data folder. Run it on the machine, as the user that runs the\n"
    "server, and carry the text to those who sign ('incamera operator sign-node'). No private\n"
    "key leaves this machine.\n\n"
    "  incamera node facts > node.txt\n\n"
    "  --days N         valid for N days, at most 14 (14)\n"
    "  --serial N       its number, higher than that of the certificate before (seconds since\n"
    "                   1970)\n"
    "  --config FILE    instead of " IC_CONFIG_DEFAULT_FILE "\n"
    "  --json           {\"ok\":true,\"text\":\"...\"} or {\"ok\":false,\"error\":\"...\"}\n\n"
    "The settings are those of 'incamera serve --help'; node_region, node_site and\n"
    "node_entity are needed.\n"
    "Exit status: 0 printed, 1 it could not be made, 2 wrong usage or configuration.";

static int refuse(bool is_json, const char *why, int status)
{
    fprintf(stderr, "incamera node facts: %s\n", why);
    if (is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s}", "ok", 0, "error", why));
    return status;
}

/* Take --days and --serial out of argv; NULL, or what is wrong. */
static const char *take_options(int *argc, char **argv, struct ic_node_facts *facts)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        const char *value;
        if ((value = ic_cmd_value_of("--days", *argc, argv, &i)) != NULL) {
            if (ic_value_number(value, 1, DAYS_MAX, &facts->days) != IC_OK)
                return "--days is a number from 1 to 14.";
        } else if ((value = ic_cmd_value_of("--serial", *argc, argv, &i)) != NULL) {
            if (ic_decimal_decode(value, strlen(value), &facts->serial) != IC_OK ||
                facts->serial == 0 || facts->serial > IC_NODE_SERIAL_MAX)
                return "--serial is a number from 1 to 9007199254740991.";
        } else
            argv[kept++] = argv[i];
    }
    *argc = kept;
    return NULL;
}

static int print_facts(const struct ic_cmd_options *options, struct ic_node_facts *facts)
{
    uint8_t text[IC_NODE_CERT_MAX];
    char why[IC_CONFIG_WHY_MAX] = "";
    struct ic_data_dir data;
    struct ic_addr addresses[IC_CANDIDATES_MAX];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    const struct ic_config *config = facts->config;
    if (config->is_dev)
        return refuse(options->is_json, "a trial server ('incamera serve --dev') signs for itself.",
                      2);
    facts->address_count = config->media_address_count;
    facts->addresses = config->media_address;
    if (facts->address_count == 0) {
        facts->address_count = ic_addresses_list(false, addresses, IC_CANDIDATES_MAX);
        facts->addresses = addresses;
    }
    facts->data = &data;
    bool ok = ic_data_dir_open(&data, config->data_dir, why) == IC_OK &&
              ic_node_facts_write(&w, facts, why);
    if (!ok)
        return refuse(options->is_json, why, 1);
    if (options->is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s%}", "ok", 1, "text", text, w.len));
    else
        fwrite(text, 1, w.len, stdout);
    return 0;
}

int ic_cmd_node_facts(int argc, char **argv)
{
    static struct ic_config config;
    struct ic_cmd_options options;
    struct ic_node_facts facts = {
        .config = &config, .days = DAYS_MAX, .now_s = (uint64_t)ic_clock_wall_s()};
    facts.serial = facts.now_s;
    const char *wrong = take_options(&argc, argv, &facts);
    if (wrong != NULL)
        return refuse(false, wrong, 2);
    if (!ic_cmd_read_config("node facts", argc, argv, &options, &config))
        return 2;
    if (options.is_help) {
        puts(help);
        return 0;
    }
    return print_facts(&options, &facts);
}
