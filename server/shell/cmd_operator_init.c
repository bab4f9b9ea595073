/* incamera operator init: a key of one person, or the first list of several. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "shell/cmd_operator.h"

static const char help[] =
    "usage: incamera operator init --name NAME --out FILE [--json]\n"
    "       incamera operator init --threshold K --out LIST [--json] PUBLIC...\n\n"
    "The first form makes the key of one person: FILE is private (mode 0600), FILE.pub is\n"
    "public. Keep FILE off every server, and a copy of it in a safe. Nothing is ever\n"
    "overwritten.\n\n"
    "The second form makes the first list of keys from the public ones: K of these people must\n"
    "sign. Two of three is good: nobody adds a machine alone, and one key may be lost.\n\n"
    "  --name NAME      host and person: meet.example.org/operator-ana\n"
    "  --out FILE       where to write; the file must not exist\n"
    "  --threshold K    how many must sign\n"
    "  --json           {\"ok\":true,...} or "
    "{\"ok\":false,\"reason\":\"...\",\"error\":\"...\"}\n\n"
    "Exit status: 0 made, 1 a key is given twice, 2 wrong usage, or a file cannot be used.";

static int make_key(const struct ic_operator_options *o)
{
    char why[IC_CMD_WHY_MAX];
    struct ic_note_key key;
    uint8_t vkey[IC_NOTE_VKEY_MAX];
    struct ic_wr w = ic_wr_init(vkey, sizeof vkey);
    if (o->file_count > 0)
        return ic_operator_refuse(o, "usage",
                                  "public keys are for a list: give --threshold, not --name", 2);
    if (!ic_operator_key_make(o->out, o->name, &key, why))
        return ic_operator_refuse(o, "file", why, 2);
    ic_note_key_write(&w, &key);
    if (o->is_json) {
        ic_cmd_print_json(
            json_pack("{s:b,s:s,s:s%}", "ok", 1, "file", o->out, "public", vkey, w.len));
        return 0;
    }
    printf("Private key: %s (keep it off every server; keep a copy in a safe)\n"
           "Public key:  %s" IC_OPERATOR_PUBLIC_SUFFIX "\n  %.*s\n"
           "Next: with the public keys of all who sign, once:\n"
           "  incamera operator init --threshold 2 --out operator-keys.txt A.pub B.pub C.pub\n",
           o->out, o->out, (int)w.len, (const char *)vkey);
    return 0;
}

static int make_list(const struct ic_operator_options *o)
{
    static uint8_t text[IC_OPERATOR_LIST_MAX];
    char why[IC_CMD_WHY_MAX], hash[IC_BASE64_LEN(IC_SHA256_LEN) + 1];
    struct ic_operator_keys keys, again;
    struct ic_wr w = ic_wr_init(text, sizeof text);
    if (o->name != NULL)
        return ic_operator_refuse(o, "usage", "--name is for a key, --threshold for a list", 2);
    int status = ic_operator_read_publics(o, &keys);
    if (status != 0)
        return status;
    ic_operator_keys_write(&w, &keys);
    enum ic_node_reason reason =
        ic_wr_ok(&w) ? ic_operator_keys_parse(text, w.len, &again) : IC_NODE_TOO_LARGE;
    if (reason != IC_NODE_GOOD)
        return ic_operator_refuse_text(o, reason, "operator key list", o->out);
    if (!ic_note_file_create(o->out, 0644, (const char *)text, w.len, why))
        return ic_operator_refuse(o, "file", why, 2);
    ic_base64_encode(again.sha256, sizeof again.sha256, hash);
    if (o->is_json) {
        ic_cmd_print_json(json_pack("{s:b,s:s,s:i,s:i,s:s}", "ok", 1, "file", o->out, "threshold",
                                    keys.threshold, "keys", keys.count, "sha256", hash));
        return 0;
    }
    printf("%s: %d of %d keys must sign. Hash: %s\n", o->out, keys.threshold, keys.count, hash);
    for (size_t i = 0; i < keys.count; i++)
        printf("  %s\n", keys.keys[i].name);
    if (keys.threshold == 1)
        puts("One signature is enough: people see \"single operator key\". Two people are better.");
    puts("Next: copy it to every node, into its data folder, as operator-keys.txt.");
    return 0;
}

int ic_cmd_operator_init(int argc, char **argv)
{
    struct ic_operator_options o;
    if (!ic_operator_options_read(&o, "operator init",
                                  IC_OPERATOR_NAME | IC_OPERATOR_OUT | IC_OPERATOR_THRESHOLD, argc,
                                  argv))
        return 2;
    if (o.is_help) {
        puts(help);
        return 0;
    }
    if (o.name == NULL && o.threshold == NULL)
        return ic_operator_refuse(&o, "usage",
                                  "give --name to make a key, or --threshold to make a list. See "
                                  "'incamera operator init --help'",
                                  2);
    if (o.out == NULL)
        return ic_operator_refuse(&o, "usage", "--out is missing: the file to write", 2);
    return o.threshold != NULL ? make_list(&o) : make_key(&o);
}
