/* incamera audit verify: the evidence that a participant exported, judged without a network. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cluster/audit.h"
#include "shell/cmd.h"
#include "shell/cmd_args.h"

#define UNREAD 2 /* exit status: nothing was concluded */

struct options {
    const char *bundle, *log_policy, *countries;
    char country_list[2 * IC_POLICY_COUNTRIES_MAX];
    size_t country_count;
    bool is_help, is_json;
};

/* Everything that is large. */
struct work {
    struct ic_audit audit;
    uint8_t bundle[IC_EVIDENCE_BYTES_MAX], log_policy[IC_LOG_POLICY_BYTES_MAX];
};

static const char help[] =
    "usage: incamera audit verify [--countries LIST] [--log-policy FILE] [--json] BUNDLE\n\n"
    "Says whether the file BUNDLE, which \"Export evidence\" of a meeting saved, shows that all\n"
    "of the call went through nodes that the meeting's policy allows. Nothing is asked of a\n"
    "network. It checks signatures, certificates, node sets and their proofs, the countries,\n"
    "the receipts of each minute one by one and as a chain without a gap, relays, and the\n"
    "nodes' counters against those of the participant's device.\n\n"
    "  --countries LIST    the countries that you expect, as DE,FR; without it, those of the\n"
    "                      meeting's policy\n"
    "  --log-policy FILE   the public log and its witnesses that you expect; without it, those\n"
    "                      of the meeting's policy\n"
    "  --json              one line: {\"verdict\":\"ok\",...}\n\n"
    "BUNDLE can be - for standard input.\n"
    "Exit status: 0 everything is as it should be, 1 something is violated, 2 inconclusive:\n"
    "something is missing, or the usage was wrong.";

/* ---- arguments ---- */

/* "DE,FR", each a country that is known. */
static bool read_countries(struct options *o, char why[static IC_CMD_WHY_MAX])
{
    const char *at = o->countries;
    while (o->country_count < IC_POLICY_COUNTRIES_MAX && strlen(at) >= IC_COUNTRY_LEN &&
           ic_country_is_known(at)) {
        memcpy(&o->country_list[IC_COUNTRY_LEN * o->country_count++], at, IC_COUNTRY_LEN);
        at += IC_COUNTRY_LEN;
        if (*at == '\0')
            return true;
        if (*at++ != ',')
            break;
    }
    snprintf(why, IC_CMD_WHY_MAX,
             "--countries takes codes of ISO 3166-1 in upper case, as DE,FR; not \"%.60s\".",
             o->countries);
    return false;
}

static bool read_options(int argc, char **argv, struct options *out,
                         char why[static IC_CMD_WHY_MAX])
{
    *out = (struct options){.is_help = ic_cmd_is_help(argc, argv)};
    for (int i = 0; i < argc && !out->is_help; i++) {
        const char *value;
        if ((value = ic_cmd_value_of("--countries", argc, argv, &i)) != NULL)
            out->countries = value;
        else if ((value = ic_cmd_value_of("--log-policy", argc, argv, &i)) != NULL)
            out->log_policy = value;
        else if (strcmp(argv[i], "--json") == 0)
            out->is_json = true;
        else if ((argv[i][0] == '-' && argv[i][1] != '\0') || out->bundle != NULL) {
            snprintf(why, IC_CMD_WHY_MAX,
                     "\"%.60s\" is not understood. See 'incamera audit verify --help'.", argv[i]);
            return false;
        } else
            out->bundle = argv[i];
    }
    if (!out->is_help && out->bundle == NULL) {
        snprintf(why, IC_CMD_WHY_MAX, "BUNDLE is missing. See 'incamera audit verify --help'.");
        return false;
    }
    return out->countries == NULL || read_countries(out, why);
}

/* ---- for people ---- */

static const char *verdict_word(enum ic_audit_verdict verdict)
{
    return verdict == IC_AUDIT_OK         ? "ok"
           : verdict == IC_AUDIT_VIOLATED ? "violated"
                                          : "inconclusive";
}

/* "2026-11-23 09:00:00", in UTC. */
static const char *time_text(uint64_t time_s, char out[static 24])
{
    time_t time = (time_t)time_s;
    struct tm tm;
    if (gmtime_r(&time, &tm) == NULL || strftime(out, 24, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(out, 24, "-");
    return out;
}

static void print_nodes(const struct ic_audit *a)
{
    bool is_first = true;
    for (size_t i = 0; i < a->evidence.cert_count; i++) {
        const struct ic_audit_node *n = &a->nodes[i];
        char from[24], to[24];
        if (n->receipts == 0)
            continue;
        if (is_first)
            printf("%-32s %-7s %-20s %-20s %8s %12s %12s\n", "node", "country", "from (UTC)",
                   "to (UTC)", "receipts", "packets in", "packets out");
        is_first = false;
        printf("%-32s %-7s %-20s %-20s %8" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n", n->cert.name,
               n->cert.country, time_text(n->from_s, from), time_text(n->to_s, to), n->receipts,
               n->in.packets, n->out.packets);
    }
    if (!is_first)
        putchar('\n');
}

static void print_policy(const struct ic_audit *a)
{
    char hash[IC_BASE64URL_LEN(IC_SHA256_LEN / 2) + 1];
    if (!a->has_policy)
        return;
    ic_base64url_encode(a->policy_sha256, IC_SHA256_LEN / 2, hash);
    printf("Meeting allowed:");
    for (size_t i = 0; i < a->policy.country_count; i++)
        printf(" %.2s", (const char *)&a->policy.countries[IC_POLICY_COUNTRY_LEN * i]);
    printf(" (policy %s, as in its link)\n", hash);
}

static void print_counts(const struct ic_audit *a)
{
    if (a->receipts == 0)
        return;
    printf("Receipts: %" PRIu64 ", of %" PRIu64 " min %" PRIu64 " s", a->receipts,
           a->covered_s / 60, a->covered_s % 60);
    if (a->between_s > 0)
        printf(", and %" PRIu64 " s between connections", a->between_s);
    puts(".");
    if (a->sent > 0)
        printf("This device sent %" PRIu64 " packets, the nodes counted %" PRIu64
               "; they sent %" PRIu64 ", of which %" PRIu64 " came.\n",
               a->sent, a->came, a->went, a->received);
}

static void print_findings(const struct ic_audit *a)
{
    static const char *const marks[] = {[IC_AUDIT_OK] = "note",
                                        [IC_AUDIT_VIOLATED] = "VIOLATED",
                                        [IC_AUDIT_INCONCLUSIVE] = "unproven"};
    for (size_t i = 0; i < a->finding_count; i++) {
        const struct ic_audit_finding *f = &a->findings[i];
        printf("%-9s %-20s %-18s %s\n", marks[f->weight], f->subject, f->word, f->text);
    }
    if (a->findings_more > 0)
        printf("... and %zu more.\n", a->findings_more);
    if (a->finding_count > 0)
        putchar('\n');
}

static void print_report(const struct ic_audit *a)
{
    static const char *const sentences[] = {
        [IC_AUDIT_OK] = "OK: the nodes that signed are in the public log and in allowed countries, "
                        "and their receipts are complete.",
        [IC_AUDIT_VIOLATED] = "VIOLATED: see above. Keep the bundle: what nodes signed proves what "
                              "they said.",
        [IC_AUDIT_INCONCLUSIVE] =
            "INCONCLUSIVE: nothing is wrong in what is there, but not all that "
            "is needed is there.",
    };
    print_policy(a);
    print_counts(a);
    putchar('\n');
    print_nodes(a);
    print_findings(a);
    puts(sentences[a->verdict]);
    if (a->verdict == IC_AUDIT_OK)
        puts("Receipts are what nodes say: a copy made in secret stands in none.");
}

/* ---- for programs ---- */

static json_t *findings_of(const struct ic_audit *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->finding_count; i++) {
        const struct ic_audit_finding *f = &a->findings[i];
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:s,s:s}", "verdict", verdict_word(f->weight),
                                        "subject", f->subject, "word", f->word, "text", f->text));
    }
    return list;
}

static json_t *nodes_of(const struct ic_audit *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->evidence.cert_count; i++) {
        const struct ic_audit_node *n = &a->nodes[i];
        if (n->receipts > 0)
            json_array_append_new(
                list, json_pack("{s:s,s:I,s:s,s:I,s:I,s:I,s:I,s:I,s:I}", "node", n->cert.name,
                                "serial", (json_int_t)n->cert.serial, "country", n->cert.country,
                                "receipts", (json_int_t)n->receipts, "from", (json_int_t)n->from_s,
                                "to", (json_int_t)n->to_s, "packets_in", (json_int_t)n->in.packets,
                                "packets_out", (json_int_t)n->out.packets, "dropped",
                                (json_int_t)n->drop));
    }
    return list;
}

static json_t *countries_of(const struct ic_audit *a)
{
    json_t *list = json_array();
    for (size_t i = 0; a->has_policy && i < a->policy.country_count; i++)
        json_array_append_new(
            list, json_stringn((const char *)&a->policy.countries[IC_POLICY_COUNTRY_LEN * i],
                               IC_POLICY_COUNTRY_LEN));
    return list;
}

static void print_json(const struct ic_audit *a)
{
    ic_cmd_print_json(json_pack(
        "{s:s,s:o,s:I,s:I,s:I,s:I,s:o,s:o,s:I}", "verdict", verdict_word(a->verdict), "countries",
        countries_of(a), "receipts", (json_int_t)a->receipts, "covered_s", (json_int_t)a->covered_s,
        "between_s", (json_int_t)a->between_s, "missing_s", (json_int_t)a->missing_s, "nodes",
        nodes_of(a), "findings", findings_of(a), "findings_more", (json_int_t)a->findings_more));
}

/* ---- the command ---- */

static int refuse(bool is_json, const char *why)
{
    fprintf(stderr, "incamera audit verify: %s\n", why);
    if (is_json)
        ic_cmd_print_json(json_pack("{s:s,s:s}", "verdict", "inconclusive", "error", why));
    return UNREAD;
}

static int verify(const struct options *options, struct work *work)
{
    struct ic_audit_options known = {.countries =
                                         options->countries == NULL ? NULL : options->country_list,
                                     .country_count = options->country_count};
    char why[IC_CMD_WHY_MAX];
    size_t len;
    if (!ic_cmd_read_file(options->bundle, work->bundle, sizeof work->bundle, &len, why))
        return refuse(options->is_json, why);
    if (options->log_policy != NULL) {
        known.log_policy.bytes = work->log_policy;
        if (!ic_cmd_read_file(options->log_policy, work->log_policy, sizeof work->log_policy,
                              &known.log_policy.len, why))
            return refuse(options->is_json, why);
    }
    enum ic_audit_verdict verdict = ic_audit_run(&work->audit, work->bundle, len, &known);
    (options->is_json ? print_json : print_report)(&work->audit);
    return (int)verdict;
}

static int run_verify(int argc, char **argv)
{
    struct options options;
    char why[IC_CMD_WHY_MAX] = "";
    if (!read_options(argc, argv, &options, why))
        return refuse(options.is_json, why);
    if (options.is_help) {
        puts(help);
        return 0;
    }
    struct work *work = calloc(1, sizeof *work);
    if (work == NULL)
        return refuse(options.is_json, "There is not enough memory.");
    int status = verify(&options, work);
    free(work);
    return status;
}

static void print_help(FILE *out)
{
    fputs("usage: incamera audit COMMAND [options]\n\n"
          "For whoever wants to check a call afterwards.\n\n"
          "  verify   judge the evidence that a participant exported, without a network\n"
          "\n'incamera audit COMMAND --help' explains a command.\n",
          out);
}

int ic_cmd_audit(int argc, char **argv)
{
    if (argc > 0 && strcmp(argv[0], "verify") == 0)
        return run_verify(argc - 1, &argv[1]);
    if (argc > 0 && ic_cmd_is_help(1, argv)) {
        print_help(stdout);
        return 0;
    }
    if (argc == 0)
        fputs("incamera audit: say what to do. 'incamera audit --help' lists all.\n", stderr);
    else
        fprintf(stderr,
                "incamera audit: there is no command \"%.60s\". 'incamera audit --help' lists "
                "all.\n",
                argv[0]);
    return 2;
}
