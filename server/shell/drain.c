#include "shell/drain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/rd.h"
#include "base/wr.h"

#define VERSION    1
#define KIND_DRAIN 1

enum ic_err ic_drain_request_parse(const uint8_t *bytes, size_t len, struct ic_drain_request *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    uint8_t version = ic_rd_u8(&r), kind = ic_rd_u8(&r), form = ic_rd_u8(&r);
    uint32_t seconds = ic_rd_u32(&r);
    if (!ic_rd_done(&r) || version != VERSION || kind != KIND_DRAIN || form > 1 || seconds == 0 ||
        seconds > IC_DRAIN_SECONDS_MAX)
        return IC_ERR_INPUT;
    *out = (struct ic_drain_request){.is_json = form == 1, .seconds = seconds};
    return IC_OK;
}

void ic_drain_request_write(const struct ic_drain_request *request,
                            uint8_t out[static IC_DRAIN_REQUEST_LEN])
{
    struct ic_wr w = ic_wr_init(out, IC_DRAIN_REQUEST_LEN);
    ic_wr_u8(&w, VERSION);
    ic_wr_u8(&w, KIND_DRAIN);
    ic_wr_u8(&w, request->is_json ? 1 : 0);
    ic_wr_u32(&w, request->seconds);
}

/* ---- words ---- */

struct line {
    char *at;
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct line *line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->at + line->len, IC_DRAIN_LINE_MAX - 1 - line->len, format, args);
    va_end(args);
    size_t room = IC_DRAIN_LINE_MAX - 2 - line->len; /* the line feed, and the end of vsnprintf */
    if (n > 0)
        line->len += (size_t)n < room ? (size_t)n : room;
}

static void say_count(struct line *line, uint32_t n, const char *one, const char *many)
{
    say(line, "%" PRIu32 " %s", n, n == 1 ? one : many);
}

/* What an operator can do. */
static const char *advice(enum ic_place_reason reason)
{
    static const struct {
        enum ic_place_reason reason;
        const char *words;
    } table[] = {
        {IC_PLACE_NO_NODE_IN_REGION, "the operator has no other node that their policy allows"},
        {IC_PLACE_DRAINING, "their policy allows no other node that takes meetings now; start one "
                            "there, or wait until they end"},
        {IC_PLACE_NO_CAPACITY_IN_REGION,
         "the other nodes of their region are full; start one more there, or wait"},
        {IC_PLACE_LEASE_EXPIRED,
         "the other nodes of their region do not answer; look at them, and at the bus"},
        {IC_PLACE_DIRECTORY_UNREACHABLE, "the directory does not answer; look at the NATS servers"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].reason == reason)
            return table[i].words;
    return "docs/protocol/cluster.md 3 says what that means";
}

static void say_people(struct line *line, const struct ic_drain_state *s)
{
    if (s->people > 0 || s->guests == 0) {
        say_count(line, s->people, "person", "people");
        say(line, " in ");
        say_count(line, s->meetings + s->moving, "meeting", "meetings");
    }
    if (s->guests == 0)
        return;
    say(line, s->people > 0 ? ", and the media of " : "the media of ");
    say_count(line, s->guests, "person of another node's meeting",
              "people of other nodes' meetings");
}

static void say_progress(struct line *line, const struct ic_drain_state *s)
{
    if (s->is_alone) {
        say(line, "This node is alone (nats_url is not set), so meetings cannot move. Waiting: ");
        say_people(line, s);
        say(line, ".");
        return;
    }
    say_people(line, s);
    say(line, "; moved so far: %" PRIu32 ".", s->moved);
    if (s->meetings > 0 && s->reason != IC_PLACE_GOOD)
        say(line, " Not yet: %" PRIu32 " (%s).", s->meetings, ic_place_reason_word(s->reason));
}

static void say_done(struct line *line, const struct ic_drain_state *s)
{
    say(line, "Drained. ");
    if (!s->is_alone) {
        say_count(line, s->moved, "meeting", "meetings");
        say(line, " moved. ");
    }
    say(line,
        "Nobody is here, and nobody gets in until the node is started again: systemctl restart "
        "incamera.");
}

static void say_over(struct line *line, const struct ic_drain_state *s, uint32_t seconds)
{
    say(line, "Not drained after %" PRIu32 " s: ", seconds);
    say_people(line, s);
    if (s->is_alone)
        say(line,
            ". This node is alone, so they cannot move. Ask again to wait for longer; after a "
            "restart they come back by themselves");
    else if (s->people == 0)
        say(line, ", for whom no other node that their policy allows has a place; start one more "
                  "there, or ask again to wait for longer");
    else if (s->meetings == 0)
        say(line, ". Their meetings have moved already; they follow within seconds. Ask again");
    else if (s->reason == IC_PLACE_GOOD)
        say(line, ". Ask again");
    else
        say(line, ", of which %" PRIu32 " cannot move (%s): %s", s->meetings,
            ic_place_reason_word(s->reason), advice(s->reason));
    say(line, ". Nobody new gets in meanwhile, and nothing was sent elsewhere.");
}

static void say_json(struct line *line, const struct ic_drain_state *s, const char *word)
{
    say(line,
        "{\"state\":\"%s\",\"alone\":%s,\"people\":%" PRIu32 ",\"guests\":%" PRIu32
        ",\"meetings\":%" PRIu32 ",\"moving\":%" PRIu32 ",\"moved\":%" PRIu32 ",\"reason\":",
        word, s->is_alone ? "true" : "false", s->people, s->guests, s->meetings, s->moving,
        s->moved);
    if (s->reason == IC_PLACE_GOOD)
        say(line, "null}");
    else
        say(line, "\"%s\"}", ic_place_reason_word(s->reason));
}

size_t ic_drain_line(const struct ic_drain_state *state, const struct ic_drain_request *request,
                     bool is_over, char out[static IC_DRAIN_LINE_MAX])
{
    struct line line = {.at = out, .len = 1};
    bool is_done = state->people + state->guests == 0;
    out[0] = is_done ? IC_DRAIN_DONE : is_over ? IC_DRAIN_OVER : IC_DRAIN_GOES_ON;
    if (request->is_json)
        say_json(&line, state, is_done ? "done" : is_over ? "over" : "draining");
    else if (is_done)
        say_done(&line, state);
    else if (is_over)
        say_over(&line, state, request->seconds);
    else
        say_progress(&line, state);
    out[line.len++] = '\n';
    return line.len;
}
