/* incamera log show: what stands in a log, verified. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "shell/cmd_log.h"
#include "shell/log_reader.h"

/* What a list shows of an entry: its first line, which is its kind, and the next one. */
#define LINE_MAX_BYTES 100

static const char help[] =
    "usage: incamera log show [--json] FOLDER [INDEX]\n\n"
    "Lists the entries of the log in FOLDER: index, bytes, kind (the first line), second line. "
    "With\n"
    "INDEX, prints the bytes of that entry. Each entry is verified by the signed checkpoint.\n\n"
    "  --json  {\"ok\":true,\"origin\":...,\"size\":...,\"root\":...,\"entries\":[{\"index\":...,\n"
    "          \"bytes\":...,\"kind\":...,\"text\":...}]} (text only of entries that are text)\n"
    "          or {\"ok\":false,\"error\":...}\n\n"
    "Exit status: 0 it is all good, 1 it is not, 2 wrong usage.";

struct line {
    const char *at;
    size_t len;
};

static bool is_text(const struct ic_part *entry)
{
    for (size_t at = 0; at < entry->len;) {
        int32_t point = ic_utf8_next((const char *)entry->bytes, entry->len, &at);
        if (point < 0x20 && point != '\n' && point != '\t')
            return false;
    }
    return true;
}

static struct line next_line(struct line *rest)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->at, '\n', rest->len);
    struct line line = {rest->at, end == NULL ? rest->len : (size_t)(end - rest->at)};
    size_t taken = end == NULL ? rest->len : line.len + 1;
    rest->at += taken;
    rest->len -= taken;
    return line;
}

/* Only ASCII that a terminal shows: an entry is somebody else's text. */
static void print_line(struct line line)
{
    for (size_t i = 0; i < line.len && i < LINE_MAX_BYTES; i++)
        putchar(line.at[i] >= 0x20 && line.at[i] < 0x7f ? line.at[i] : '?');
    if (line.len > LINE_MAX_BYTES)
        fputs("...", stdout);
}

static void list(uint64_t index, const struct ic_part *entry)
{
    struct line rest = {(const char *)entry->bytes, entry->len};
    printf("%6" PRIu64 "  %5zu bytes  ", index, entry->len);
    if (is_text(entry)) {
        print_line(next_line(&rest));
        fputs("  ", stdout);
        print_line(next_line(&rest));
    } else {
        fputs("(not text)", stdout);
    }
    putchar('\n');
}

static json_t *describe(uint64_t index, const struct ic_part *entry)
{
    struct line rest = {(const char *)entry->bytes, entry->len};
    json_t *object =
        json_pack("{s:I,s:I}", "index", (json_int_t)index, "bytes", (json_int_t)entry->len);
    if (is_text(entry)) {
        struct line kind = next_line(&rest);
        json_object_set_new(object, "kind", json_stringn(kind.at, kind.len));
        json_object_set_new(object, "text", json_stringn((const char *)entry->bytes, entry->len));
    }
    return object;
}

/* All entries, or the one. */
static bool show(struct ic_log_reader *reader, const uint64_t *only, bool is_json)
{
    const struct ic_checkpoint *c = &reader->checkpoint;
    uint64_t first = only == NULL ? 0 : *only, end = only == NULL ? c->head.size : first + 1;
    char root[IC_BASE64_LEN(IC_MERKLE_HASH_LEN) + 1];
    json_t *entries = json_array();
    struct ic_part entry;
    bool ok = true;
    ic_base64_encode(c->head.root.bytes, IC_MERKLE_HASH_LEN, root);
    if (!is_json && only == NULL)
        printf("%.*s: %" PRIu64 " entries, root %s\n", (int)c->origin_len, c->origin, c->head.size,
               root);
    for (uint64_t i = first; ok && i < end; i++) {
        ok = ic_log_reader_entry(reader, i, &entry);
        if (ok && is_json)
            json_array_append_new(entries, describe(i, &entry));
        else if (ok && only != NULL)
            fwrite(entry.bytes, 1, entry.len, stdout);
        else if (ok)
            list(i, &entry);
    }
    if (ok && is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s%,s:I,s:s,s:O}", "ok", 1, "origin", c->origin,
                                    c->origin_len, "size", (json_int_t)c->head.size, "root", root,
                                    "entries", entries));
    json_decref(entries);
    return ok;
}

int ic_cmd_log_show(int argc, char **argv)
{
    static struct ic_log_reader reader;
    const char *folder = NULL, *index_text = NULL;
    uint64_t index = 0;
    bool is_json = false;
    char why[IC_CMD_WHY_MAX] = "";
    if (ic_cmd_is_help(argc, argv)) {
        puts(help);
        return 0;
    }
    for (int i = 0; i < argc && why[0] == '\0'; i++) {
        if (strcmp(argv[i], "--json") == 0)
            is_json = true;
        else if (argv[i][0] == '-' || index_text != NULL)
            snprintf(why, sizeof why,
                     "\"%.60s\" is not understood. See 'incamera log show --help'.", argv[i]);
        else if (folder == NULL)
            folder = argv[i];
        else
            index_text = argv[i];
    }
    if (why[0] == '\0' && folder == NULL)
        snprintf(why, sizeof why, "FOLDER is missing. See 'incamera log show --help'.");
    if (why[0] == '\0' && index_text != NULL &&
        ic_decimal_decode(index_text, strlen(index_text), &index) != IC_OK)
        snprintf(why, sizeof why, "\"%.60s\" is no index of an entry", index_text);
    if (why[0] != '\0')
        return ic_cmd_log_refuse("show", is_json, why, 2);
    if (!ic_log_reader_open(&reader, folder))
        return ic_cmd_log_refuse("show", is_json, reader.why, 1);
    if (index_text != NULL && index >= reader.checkpoint.head.size) {
        snprintf(why, sizeof why, "there is no entry %.60s: the log has %" PRIu64 ", from 0 on",
                 index_text, reader.checkpoint.head.size);
        return ic_cmd_log_refuse("show", is_json, why, 1);
    }
    if (!show(&reader, index_text == NULL ? NULL : &index, is_json))
        return ic_cmd_log_refuse("show", is_json, reader.why, 1);
    return 0;
}
