#include "cluster/evidence.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define ARCHIVE                                                                                    \
    "This is not an evidence bundle (a ustar archive of files), or it is cut off. Export it "      \
    "again."

/* ---- names ---- */

static struct ic_node_value value_of(const char *text)
{
    return (struct ic_node_value){text, strlen(text)};
}

/* The number behind the prefix, as in "receipt/12", and whether a suffix follows it. */
static bool read_numbered(const char *name, const char *prefix, uint64_t max, size_t *index,
                          bool *is_proof)
{
    static const char suffix[] = ".tlog-proof";
    size_t len = strlen(prefix);
    uint64_t number;
    if (strncmp(name, prefix, len) != 0)
        return false;
    struct ic_node_value v = value_of(&name[len]);
    *is_proof =
        v.len > sizeof suffix - 1 && strcmp(&name[len + v.len - (sizeof suffix - 1)], suffix) == 0;
    if (*is_proof)
        v.len -= sizeof suffix - 1;
    if (!ic_node_value_number(v, 1, max, &number))
        return false;
    *index = (size_t)number - 1;
    return true;
}

static struct ic_part *raise_to(size_t index, size_t *count, struct ic_part *part)
{
    if (*count < index + 1)
        *count = index + 1;
    return part;
}

/* Where the file of this name belongs; NULL: nowhere. */
static struct ic_part *place_of(struct ic_evidence *e, const char *name)
{
    const struct {
        const char *name;
        struct ic_part *part;
    } single[] = {{"policy", &e->policy}, {"log-policy", &e->log_policy},
                  {"seen", &e->seen},     {"own", &e->own},
                  {"lost", &e->lost},     {"span", &e->span}};
    size_t index;
    bool is_proof;
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        if (strcmp(name, single[i].name) == 0)
            return single[i].part;
    if (read_numbered(name, "receipt/", IC_EVIDENCE_RECEIPTS_MAX, &index, &is_proof))
        return is_proof ? NULL : raise_to(index, &e->receipt_count, &e->receipts[index]);
    if (read_numbered(name, "operator-keys/", IC_OPERATOR_CHAIN_MAX, &index, &is_proof))
        return is_proof ? NULL : raise_to(index, &e->list_count, &e->lists[index]);
    if (read_numbered(name, "node-cert/", IC_EVIDENCE_PAPERS_MAX, &index, &is_proof))
        return raise_to(index, &e->cert_count,
                        is_proof ? &e->certs[index].proof : &e->certs[index].note);
    if (read_numbered(name, "node-set/", IC_EVIDENCE_PAPERS_MAX, &index, &is_proof))
        return raise_to(index, &e->set_count,
                        is_proof ? &e->sets[index].proof : &e->sets[index].note);
    return NULL;
}

/* The first number that is left out, as the name of its file. */
static bool find_hole(const struct ic_evidence *e, char name[static IC_USTAR_NAME_MAX + 1])
{
    const char *prefix = NULL;
    size_t at = 0;
    for (size_t i = 0; i < e->receipt_count && prefix == NULL; i++)
        if (e->receipts[at = i].bytes == NULL)
            prefix = "receipt/";
    for (size_t i = 0; i < e->list_count && prefix == NULL; i++)
        if (e->lists[at = i].bytes == NULL)
            prefix = "operator-keys/";
    for (size_t i = 0; i < e->cert_count && prefix == NULL; i++)
        if (e->certs[at = i].note.bytes == NULL)
            prefix = "node-cert/";
    for (size_t i = 0; i < e->set_count && prefix == NULL; i++)
        if (e->sets[at = i].note.bytes == NULL)
            prefix = "node-set/";
    if (prefix != NULL)
        snprintf(name, IC_USTAR_NAME_MAX + 1, "%s%zu", prefix, at + 1);
    return prefix != NULL;
}

static enum ic_evidence_fault take(struct ic_evidence *e, const struct ic_ustar_file *file)
{
    if (file->len > IC_EVIDENCE_FILE_MAX)
        return IC_EVIDENCE_TOO_LARGE;
    struct ic_part *part = place_of(e, file->name);
    if (part == NULL)
        return IC_EVIDENCE_NAME;
    if (part->bytes != NULL)
        return IC_EVIDENCE_TWICE;
    *part = (struct ic_part){file->bytes, file->len};
    return IC_EVIDENCE_GOOD;
}

enum ic_evidence_fault ic_evidence_parse(const uint8_t *bytes, size_t len, struct ic_evidence *out,
                                         char name[static IC_USTAR_NAME_MAX + 1])
{
    struct ic_ustar u = ic_ustar_init(bytes, len);
    struct ic_ustar_file file;
    enum ic_err err;
    if (len > IC_EVIDENCE_BYTES_MAX)
        return IC_EVIDENCE_TOO_LARGE;
    memset(out, 0, sizeof *out);
    while ((err = ic_ustar_next(&u, &file)) == IC_OK) {
        enum ic_evidence_fault fault = take(out, &file);
        if (fault != IC_EVIDENCE_GOOD) {
            memcpy(name, file.name, sizeof file.name);
            return fault;
        }
    }
    if (err != IC_ERR_GONE)
        return IC_EVIDENCE_ARCHIVE;
    return find_hole(out, name) ? IC_EVIDENCE_NUMBER : IC_EVIDENCE_GOOD;
}

const char *ic_evidence_fault_sentence(enum ic_evidence_fault fault)
{
    static const char *const sentences[] = {
        [IC_EVIDENCE_GOOD] = "The bundle can be read.",
        [IC_EVIDENCE_TOO_LARGE] = "The bundle, or a file in it, is larger than allowed.",
        [IC_EVIDENCE_ARCHIVE] = ARCHIVE,
        [IC_EVIDENCE_NAME] = "The bundle holds a file that is no part of one.",
        [IC_EVIDENCE_TWICE] = "The bundle holds two files of one name.",
        [IC_EVIDENCE_NUMBER] = "The bundle lacks a file between others of its kind.",
    };
    return sentences[fault];
}

/* ---- lines ---- */

enum ic_err ic_evidence_line(struct ic_part *file, struct ic_node_value *out)
{
    struct ic_node_value all = {(const char *)file->bytes, file->len};
    if (file->len == 0)
        return IC_ERR_GONE;
    if (memchr(file->bytes, '\n', file->len) == NULL)
        return IC_ERR_INPUT;
    *out = ic_node_value_split(&all, '\n');
    *file = (struct ic_part){(const uint8_t *)all.at, all.len};
    return IC_OK;
}

/* Numbers up to 2^53 - 1, joined by one space. */
static bool read_numbers(struct ic_node_value v, size_t count, uint64_t *const *out)
{
    for (size_t i = 0; i < count; i++) {
        struct ic_node_value number = i + 1 < count ? ic_node_value_split(&v, ' ') : v;
        if (!ic_node_value_number(number, 0, IC_NODE_SERIAL_MAX, out[i]))
            return false;
    }
    return true;
}

static bool read_id(struct ic_node_value v, uint8_t out[static IC_RECEIPT_ID_LEN])
{
    return ic_base64_decode(v.at, v.len, out, IC_RECEIPT_ID_LEN) == IC_OK;
}

enum ic_err ic_evidence_span_parse(struct ic_part file, struct ic_evidence_span *out)
{
    struct ic_evidence_span span;
    struct ic_node_value v;
    if (ic_evidence_line(&file, &v) != IC_OK || file.len > 0)
        return IC_ERR_INPUT;
    struct ic_node_value from = ic_node_value_split(&v, ' ');
    struct ic_node_value to = ic_node_value_split(&v, ' ');
    struct ic_node_value meeting = ic_node_value_split(&v, ' ');
    if (!ic_node_value_time(from, &span.from_s) || !ic_node_value_time(to, &span.to_s) ||
        span.to_s < span.from_s || !read_id(meeting, span.meeting) || !read_id(v, span.member))
        return IC_ERR_INPUT;
    *out = span;
    return IC_OK;
}

enum ic_err ic_evidence_seen_parse(struct ic_node_value line, struct ic_evidence_seen *out)
{
    struct ic_evidence_seen seen;
    struct ic_node_value time = ic_node_value_split(&line, ' ');
    uint64_t *const numbers[] = {&seen.cert, &seen.set};
    if (!ic_node_value_time(time, &seen.time_s) || !read_numbers(line, 2, numbers))
        return IC_ERR_INPUT;
    *out = seen;
    return IC_OK;
}

enum ic_err ic_evidence_own_parse(struct ic_node_value line, struct ic_evidence_own *out)
{
    struct ic_evidence_own own;
    uint64_t *const numbers[] = {&own.seq, &own.sent, &own.sent_bytes, &own.received,
                                 &own.received_bytes};
    if (!read_numbers(line, 5, numbers))
        return IC_ERR_INPUT;
    *out = own;
    return IC_OK;
}

enum ic_err ic_evidence_lost_parse(struct ic_node_value line, struct ic_evidence_lost *out)
{
    struct ic_evidence_lost lost;
    struct ic_node_value seq = ic_node_value_split(&line, ' ');
    struct ic_node_value came = ic_node_value_split(&line, ' ');
    struct ic_node_value noticed = ic_node_value_split(&line, ' ');
    if (!ic_node_value_number(seq, 0, IC_NODE_SERIAL_MAX, &lost.seq) ||
        !ic_node_value_time(came, &lost.came_s) || !ic_node_value_time(noticed, &lost.lost_s) ||
        !ic_node_value_time(line, &lost.next_s) || lost.lost_s < lost.came_s ||
        lost.next_s < lost.lost_s)
        return IC_ERR_INPUT;
    *out = lost;
    return IC_OK;
}
