#include "shell/load_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "shell/cmd_args.h"

static double per_s(const struct ic_load_result *r, uint64_t n)
{
    return (double)n * 1e6 / (double)r->window_us;
}

static double server_us(const struct ic_load_result *r)
{
    int64_t counted_us = r->server.user_us + r->server.system_us;
    return (double)(r->server.run_us > 0 ? r->server.run_us : counted_us);
}

static double per_packet(const struct ic_load_result *r, double us)
{
    return r->window_packets == 0 ? 0 : us / (double)r->window_packets;
}

static double padding_percent(const struct ic_load_result *r)
{
    return r->window_bytes == 0 ? 0 : 100.0 * (double)r->window_padding / (double)r->window_bytes;
}

static void print_faults(const struct ic_load_result *r)
{
    const struct ic_load_tally *t = &r->tally;
    const struct {
        uint64_t count;
        const char *text;
    } faults[] = {
        {t->gaps, "packets did not come"},
        {t->late, "packets came behind a later one"},
        {t->duplicates, "packets came twice"},
        {t->forged, "packets were not authentic"},
        {t->unknown, "packets were of no announced stream"},
        {t->content, "frames did not open, or were not the next one"},
        {t->sources, "times a stream was of somebody else than the server said"},
        {r->stuck, "people did not come in, or were not removed"},
        {r->missing, "streams ended before their publisher's last frame"},
        {r->lost_members, "members were disconnected"},
        {r->counts.lost_to_send, "packets could not be sent"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (faults[i].count > 0)
            printf("  FAULT     %" PRIu64 " %s\n", faults[i].count, faults[i].text);
}

/* Of signalling, for each person who came or went in the window. */
static double per_change_us(const struct ic_load_result *r)
{
    uint64_t changes = r->window_joins + r->window_leaves;
    return changes == 0 ? 0 : (double)r->server.main_us / (double)changes;
}

static void print_life(const struct ic_load_result *r)
{
    const struct ic_load_histogram *took = &r->meeting.took;
    printf("  life      %.2f joins/s, %.2f leaves/s, %.2f commits/s, %.2f slot switches/s; "
           "%" PRIu64 " times somebody switched something off or on\n",
           per_s(r, r->window_joins), per_s(r, r->window_leaves), per_s(r, r->window_epochs),
           per_s(r, r->tally.switches_timed), r->meeting.switches);
    printf("  joins     p50 %" PRId64 " ms, max %" PRId64 " ms until connected; %" PRIu64
           " frames came before their key, at most %" PRId64 " ms\n",
           ic_load_histogram_at(took, 500) / 1000, took->max_us / 1000, r->tally.held,
           r->tally.held_max_us / 1000);
    if (r->has_usage)
        printf("  signals   %.0f us of the server's processor for each who came or went\n",
               per_change_us(r));
}

void ic_load_report_print(const struct ic_load_result *r)
{
    const struct ic_load_histogram *h = &r->tally.delays;
    printf("  shape     %s: %s, %u publishers, %u subscribers, %u frames/s each\n",
           r->config.shape->letter, r->config.shape->text, r->config.publishers,
           r->config.subscribers, r->config.frames_per_s);
    printf(
        "  packets   %.0f/s to the server, %.0f/s from it (%.1f Mbit/s, %.1f %% padding), for %.1f "
        "s\n",
        per_s(r, r->window_sent), per_s(r, r->window_packets), per_s(r, r->window_bytes) * 8e-6,
        padding_percent(r), (double)r->window_us * 1e-6);
    printf("  delay     p50 %" PRId64 " us, p95 %" PRId64 " us, p99 %" PRId64 " us, max %" PRId64
           " us\n",
           ic_load_histogram_at(h, 500), ic_load_histogram_at(h, 950), ic_load_histogram_at(h, 990),
           h->max_us);
    if (r->has_usage)
        printf("  server    %.2f us of the processor for each packet that came (%.2f user, %.2f "
               "system), %.0f %% of a core, %" PRId64 " KiB\n",
               per_packet(r, server_us(r)), per_packet(r, (double)r->server.user_us),
               per_packet(r, (double)r->server.system_us),
               server_us(r) * 100 / (double)r->window_us, r->server.resident_kib);
    if (r->config.shape->is_live)
        print_life(r);
    if (r->config.shape->recording != NULL)
        printf("  pictures  %" PRIu64 " key frames sent, asked for %" PRIu64 " times\n",
               r->counts.frames_key, r->counts.key_frames);
    printf("  load      %.0f %% of a core; latest frame %" PRId64 " us behind its time\n",
           (double)r->own_us * 100 / (double)r->window_us, r->late_max_us);
    print_faults(r);
    puts(ic_load_result_is_verified(r) ? "  verified" : "  NOT VERIFIED");
}

static json_t *delay_of(const struct ic_load_histogram *h)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:I}", "count", (json_int_t)h->count, "p50",
                     (json_int_t)ic_load_histogram_at(h, 500), "p95",
                     (json_int_t)ic_load_histogram_at(h, 950), "p99",
                     (json_int_t)ic_load_histogram_at(h, 990), "max", (json_int_t)h->max_us);
}

static json_t *faults_of(const struct ic_load_result *r)
{
    const struct ic_load_tally *t = &r->tally;
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "gaps", (json_int_t)t->gaps,
                     "late", (json_int_t)t->late, "duplicates", (json_int_t)t->duplicates, "forged",
                     (json_int_t)t->forged, "unknown", (json_int_t)t->unknown, "content",
                     (json_int_t)t->content, "sources", (json_int_t)t->sources, "stuck",
                     (json_int_t)r->stuck, "missing", (json_int_t)r->missing, "lost_members",
                     (json_int_t)r->lost_members, "lost_to_send",
                     (json_int_t)r->counts.lost_to_send);
}

static json_t *life_of(const struct ic_load_result *r)
{
    return json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:I,s:I}", "joins", (json_int_t)r->window_joins, "leaves",
        (json_int_t)r->window_leaves, "commits", (json_int_t)r->window_epochs, "slot_switches",
        (json_int_t)r->tally.switches_timed, "joins_in_all", (json_int_t)r->meeting.joins,
        "leaves_in_all", (json_int_t)r->meeting.leaves, "join_us", delay_of(&r->meeting.took),
        "held_frames", (json_int_t)r->tally.held, "held_max_us", (json_int_t)r->tally.held_max_us);
}

static json_t *server_of(const struct ic_load_result *r)
{
    return json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:f}", "pid", (json_int_t)r->server_pid, "user_us",
        (json_int_t)r->server.user_us, "system_us", (json_int_t)r->server.system_us, "run_us",
        (json_int_t)r->server.run_us, "main_us", (json_int_t)r->server.main_us, "resident_kib",
        (json_int_t)r->server.resident_kib, "us_per_packet", per_packet(r, server_us(r)));
}

void ic_load_report_print_json(const struct ic_load_result *r)
{
    json_t *object = json_pack(
        "{s:b,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:f,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o}",
        "verified", (int)ic_load_result_is_verified(r), "shape", r->config.shape->letter,
        "publishers", (json_int_t)r->config.publishers, "subscribers",
        (json_int_t)r->config.subscribers, "frames_per_s", (json_int_t)r->config.frames_per_s,
        "window_us", (json_int_t)r->window_us, "sent", (json_int_t)r->window_sent, "arrived",
        (json_int_t)r->window_packets, "bytes", (json_int_t)r->window_bytes, "padding_bytes",
        (json_int_t)r->window_padding, "sent_in_all", (json_int_t)r->counts.sent, "arrived_per_s",
        per_s(r, r->window_packets), "frames", (json_int_t)r->tally.frames, "nacked",
        (json_int_t)r->counts.nacked, "key_frames", (json_int_t)r->counts.key_frames,
        "key_frames_sent", (json_int_t)r->counts.frames_key, "load_us", (json_int_t)r->own_us,
        "late_max_us", (json_int_t)r->late_max_us, "delay_us", delay_of(&r->tally.delays), "faults",
        faults_of(r));
    if (r->config.shape->is_live)
        json_object_set_new(object, "life", life_of(r));
    if (r->has_usage)
        json_object_set_new(object, "server", server_of(r));
    ic_cmd_print_json(object);
}
