/* incamera operator sign-node: one signature on a node certificate. */
#include <stdio.h>

#include "base/text.h"
#include "cluster/node_cert.h"
#include "shell/clock.h"
#include "shell/cmd_operator.h"
#include "tlog/merkle.h"

static const char help[] =
    "usage: incamera operator sign-node --keys LIST --key FILE [--json] NODE\n\n"
    "Adds your signature to the certificate in the file NODE, which 'incamera node facts'\n"
    "wrote on that machine. It prints what you sign: read it. The file is written in its\n"
    "place; hand it to the next person until enough have signed.\n\n"
    "  --keys LIST      the list of keys (operator-keys.txt)\n"
    "  --key FILE       your private key\n"
    "  --json           {\"ok\":true,...} or "
    "{\"ok\":false,\"reason\":\"...\",\"error\":\"...\"}\n\n"
    "Exit status: 0 signed, 1 refused (nothing was written), 2 wrong usage, or a file cannot be\n"
    "used.";

static void print_addresses(const struct ic_node_cert *cert)
{
    for (size_t i = 0; i < cert->address_count; i++) {
        uint8_t text[IC_ADDR_TEXT_MAX + 4];
        struct ic_wr w = ic_wr_init(text, sizeof text);
        ic_node_prefix_write(&w, &cert->addresses[i]);
        printf("  %s%.*s\n", i == 0 ? "addresses  " : "           ", (int)w.len,
               (const char *)text);
    }
}

static void tell(const struct ic_node_cert *cert, const struct ic_operator_progress *progress)
{
    char from[IC_OPERATOR_TIME_MAX], until[IC_OPERATOR_TIME_MAX];
    ic_operator_time_text(cert->not_before_s, from);
    ic_operator_time_text(cert->not_after_s, until);
    printf("You have signed this claim:\n"
           "  node       %s, certificate number %llu\n"
           "  country    %s, within %u km of %.2f %.2f\n"
           "  run by     %s\n",
           cert->name, (unsigned long long)cert->serial, cert->country, cert->site.radius_km,
           cert->site.latitude_cdeg / 100.0, cert->site.longitude_cdeg / 100.0, cert->entity);
    print_addresses(cert);
    printf("  valid      %s until %s\n", from, until);
    ic_operator_tell_progress(progress, "certificate",
                              "Complete. Next: copy it to the node, into its data folder, as "
                              "node-cert.txt,\nand name it in the next node set (incamera operator "
                              "sign-set).");
}

static void tell_program(const struct ic_node_cert *cert, const struct ic_note_file *f,
                         const struct ic_operator_progress *progress)
{
    const struct ic_part part = {f->bytes, f->len};
    struct ic_merkle_hash leaf = {{0}};
    char hash[IC_BASE64_LEN(IC_MERKLE_HASH_LEN) + 1] = "";
    if (ic_merkle_leaf(&part, 1, &leaf) == IC_OK)
        ic_base64_encode(leaf.bytes, sizeof leaf.bytes, hash);
    ic_cmd_print_json(json_pack(
        "{s:b,s:s,s:I,s:s,s:s,s:I,s:I,s:s,s:i,s:i,s:b,s:s}", "ok", 1, "node", cert->name, "serial",
        (json_int_t)cert->serial, "region", cert->country, "entity", cert->entity, "not_before",
        (json_int_t)cert->not_before_s, "not_after", (json_int_t)cert->not_after_s, "signer",
        progress->signer, "signatures", (int)progress->signatures, "needed", (int)progress->needed,
        "complete", progress->signatures >= progress->needed, "leaf", hash));
}

int ic_cmd_operator_sign_node(int argc, char **argv)
{
    static struct ic_note_file f;
    static struct ic_operator_keys keys;
    struct ic_operator_options o;
    struct ic_operator_progress progress;
    struct ic_node_cert cert;
    char why[IC_CMD_WHY_MAX];
    if (!ic_operator_options_read(&o, "operator sign-node", IC_OPERATOR_KEY | IC_OPERATOR_KEYS,
                                  argc, argv))
        return 2;
    if (o.is_help) {
        puts(help);
        return 0;
    }
    if (o.file_count != 1)
        return ic_operator_refuse(&o, "usage",
                                  "give one file, that which 'incamera node facts' wrote", 2);
    int status = ic_operator_read_keys(&o, &keys);
    if (status != 0)
        return status;
    if (!ic_note_file_read(&f, o.files[0], why))
        return ic_operator_refuse(&o, "file", why, 2);
    enum ic_node_reason reason = ic_node_cert_parse(f.bytes, f.text_len, &cert);
    if (reason == IC_NODE_GOOD && (uint64_t)ic_clock_wall_s() >= cert.not_after_s)
        reason = IC_NODE_EXPIRED;
    if (reason != IC_NODE_GOOD)
        return ic_operator_refuse_text(&o, reason, "node certificate", o.files[0]);
    status = ic_operator_sign(&o, &keys, &f, NULL, "node certificate", &progress);
    if (status != 0)
        return status;
    if (o.is_json)
        tell_program(&cert, &f, &progress);
    else
        tell(&cert, &progress);
    return 0;
}
