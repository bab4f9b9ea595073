/* incamera operator sign-set: the list of all nodes in force, made from their certificates. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cluster/node_cert.h"
#include "cluster/node_set.h"
#include "shell/clock.h"
#include "shell/cmd_operator.h"
#include "shell/config_value.h"

#define DAYS_MAX (IC_NODE_SET_VALIDITY_MAX_S / 86400)
#define BACK_S   600 /* begins so much before now: clocks differ */

static const char help[] =
    "usage: incamera operator sign-set --keys LIST --key FILE --out SET [options] CERT...\n"
    "       incamera operator sign-set --keys LIST --key FILE [--json] SET\n\n"
    "The first form makes the list of all nodes in force from their signed certificates, and\n"
    "signs it. A node that is not in it does not exist for anybody: name them all. The second\n"
    "form adds your signature to a list that somebody else has made.\n\n"
    "  --keys LIST      the list of keys (operator-keys.txt)\n"
    "  --key FILE       your private key\n"
    "  --out SET        where to write the new list; the file must not exist\n"
    "  --days N         valid for N days, at most 7 (7)\n"
    "  --serial N       its number, higher than that of every list before (seconds since 1970)\n"
    "  --json           {\"ok\":true,...} or "
    "{\"ok\":false,\"reason\":\"...\",\"error\":\"...\"}\n\n"
    "Exit status: 0 signed, 1 refused (nothing was written), 2 wrong usage, or a file cannot be\n"
    "used.";

/* Serial and times, as asked for. */
static int choose(const struct ic_operator_options *o, struct ic_node_set *set)
{
    uint64_t now = (uint64_t)ic_clock_wall_s();
    uint32_t days = DAYS_MAX;
    uint64_t serial = now;
    if (o->days != NULL && ic_value_number(o->days, 1, DAYS_MAX, &days) != IC_OK)
        return ic_operator_refuse(o, "validity", "--days is a number from 1 to 7", 2);
    if (o->serial != NULL && (ic_decimal_decode(o->serial, strlen(o->serial), &serial) != IC_OK ||
                              serial == 0 || serial > IC_NODE_SERIAL_MAX))
        return ic_operator_refuse(o, "serial", "--serial is a number from 1 to 9007199254740991",
                                  2);
    set->serial = serial;
    set->not_before_s = now - BACK_S;
    set->not_after_s = set->not_before_s + days * 86400ull;
    return 0;
}

static int add_cert(const struct ic_operator_options *o, const struct ic_operator_keys *keys,
                    const char *path, struct ic_node_set *set)
{
    static struct ic_note_file f;
    char why[IC_CMD_WHY_MAX];
    struct ic_node_cert cert;
    struct ic_merkle_hash leaf;
    if (!ic_note_file_read(&f, path, why))
        return ic_operator_refuse(o, "file", why, 2);
    const struct ic_part part = {f.bytes, f.len};
    enum ic_node_reason reason =
        ic_node_cert_open(f.bytes, f.len, keys, (uint64_t)ic_clock_wall_s(), &cert);
    if (reason == IC_NODE_GOOD && ic_merkle_leaf(&part, 1, &leaf) != IC_OK)
        reason = IC_NODE_SYSTEM;
    if (reason != IC_NODE_GOOD)
        return ic_operator_refuse_text(o, reason, "node certificate", path);
    for (size_t i = 0; i < set->count; i++)
        if (memcmp(set->certs[i].bytes, leaf.bytes, sizeof leaf.bytes) == 0) {
            snprintf(why, sizeof why, "%.200s is given twice", path);
            return ic_operator_refuse(o, "cert", why, 1);
        }
    set->certs[set->count++] = leaf;
    if (!o->is_json)
        printf("  %-8s %s, %s\n", cert.country, cert.name, cert.entity);
    return 0;
}

static int make(const struct ic_operator_options *o, const struct ic_operator_keys *keys,
                struct ic_node_set *set, struct ic_note_file *f)
{
    int status = choose(o, set);
    if (status == 0 && o->file_count > IC_NODE_SET_CERTS_MAX)
        status = ic_operator_refuse(o, "cert", "a set holds at most 1000 certificates", 2);
    if (status == 0 && !o->is_json)
        printf("The nodes in force from now on:\n");
    for (size_t i = 0; i < o->file_count && status == 0; i++)
        status = add_cert(o, keys, o->files[i], set);
    if (status != 0)
        return status;
    ic_node_set_sort(set);
    struct ic_wr w = ic_wr_init(f->bytes, IC_NODE_SET_MAX);
    ic_node_set_write(&w, set);
    f->path = o->out;
    f->len = f->text_len = w.len;
    f->is_signed = false;
    enum ic_node_reason reason =
        ic_wr_ok(&w) ? ic_node_set_parse(f->bytes, f->len, set) : IC_NODE_TOO_LARGE;
    return reason == IC_NODE_GOOD ? 0 : ic_operator_refuse_text(o, reason, "node set", o->out);
}

static int load(const struct ic_operator_options *o, struct ic_node_set *set,
                struct ic_note_file *f)
{
    char why[IC_CMD_WHY_MAX];
    if (o->file_count != 1 || o->serial != NULL || o->days != NULL)
        return ic_operator_refuse(o, "usage",
                                  "give --out and the certificates to make a set, or one set to "
                                  "sign. See 'incamera operator sign-set --help'",
                                  2);
    if (!ic_note_file_read(f, o->files[0], why))
        return ic_operator_refuse(o, "file", why, 2);
    enum ic_node_reason reason = ic_node_set_parse(f->bytes, f->text_len, set);
    if (reason == IC_NODE_GOOD && (uint64_t)ic_clock_wall_s() >= set->not_after_s)
        reason = IC_NODE_EXPIRED;
    return reason == IC_NODE_GOOD ? 0 : ic_operator_refuse_text(o, reason, "node set", f->path);
}

static void tell(const struct ic_operator_options *o, const struct ic_node_set *set,
                 const struct ic_operator_progress *progress)
{
    char until[IC_OPERATOR_TIME_MAX];
    ic_operator_time_text(set->not_after_s, until);
    if (o->is_json) {
        ic_cmd_print_json(
            json_pack("{s:b,s:I,s:i,s:I,s:I,s:s,s:i,s:i,s:b}", "ok", 1, "serial",
                      (json_int_t)set->serial, "nodes", (int)set->count, "not_before",
                      (json_int_t)set->not_before_s, "not_after", (json_int_t)set->not_after_s,
                      "signer", progress->signer, "signatures", (int)progress->signatures, "needed",
                      (int)progress->needed, "complete", progress->signatures >= progress->needed));
        return;
    }
    printf("Node set number %llu: %zu node%s, valid until %s.\n", (unsigned long long)set->serial,
           set->count, set->count == 1 ? "" : "s", until);
    if (set->count == 0)
        puts("It is empty: from now on no node carries a meeting.");
    ic_operator_tell_progress(progress, "set",
                              "Complete. Next: copy it to every node, into its data folder, as "
                              "node-set.txt.");
}

int ic_cmd_operator_sign_set(int argc, char **argv)
{
    static struct ic_note_file f;
    static struct ic_operator_keys keys;
    static struct ic_node_set set;
    struct ic_operator_options o;
    struct ic_operator_progress progress;
    if (!ic_operator_options_read(&o, "operator sign-set",
                                  IC_OPERATOR_KEY | IC_OPERATOR_KEYS | IC_OPERATOR_OUT |
                                      IC_OPERATOR_SERIAL | IC_OPERATOR_DAYS,
                                  argc, argv))
        return 2;
    if (o.is_help) {
        puts(help);
        return 0;
    }
    int status = ic_operator_read_keys(&o, &keys);
    if (status == 0)
        status = o.out != NULL ? make(&o, &keys, &set, &f) : load(&o, &set, &f);
    if (status == 0)
        status = ic_operator_sign(&o, &keys, &f, o.out, "node set", &progress);
    if (status == 0)
        tell(&o, &set, &progress);
    return status;
}
