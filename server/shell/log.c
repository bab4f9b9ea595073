#include "shell/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/wr.h"
#include "shell/clock.h"

#define LINE_MAX_BYTES 1024

static const char *const level_names[] = {"info", "warn", "error"};

/* JSON string escaping; anything outside printable ASCII becomes '?': log values are our own words.
 */
static void write_escaped(struct ic_wr *w, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            ic_wr_u8(w, '\\');
        ic_wr_u8(w, (*c >= 0x20 && *c < 0x7f) ? (uint8_t)*c : '?');
    }
}

static void write_number(struct ic_wr *w, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    ic_wr_text(w, digits);
}

static void write_json(struct ic_wr *w, const char *time, enum ic_log_level level,
                       const char *event, const struct ic_log_field *fields)
{
    ic_wr_text(w, "{\"time\":\"");
    ic_wr_text(w, time);
    ic_wr_text(w, "\",\"level\":\"");
    ic_wr_text(w, level_names[level]);
    ic_wr_text(w, "\",\"event\":\"");
    write_escaped(w, event);
    ic_wr_text(w, "\"");
    for (; fields != NULL && fields->key != NULL; fields++) {
        ic_wr_text(w, ",\"");
        ic_wr_text(w, fields->key);
        ic_wr_text(w, fields->text != NULL ? "\":\"" : "\":");
        if (fields->text != NULL) {
            write_escaped(w, fields->text);
            ic_wr_text(w, "\"");
        } else {
            write_number(w, fields->number);
        }
    }
    ic_wr_text(w, "}\n");
}

static void write_text(struct ic_wr *w, const char *time, enum ic_log_level level,
                       const char *event, const struct ic_log_field *fields)
{
    ic_wr_bytes(w, &time[11], 8);
    ic_wr_text(w, level == IC_LOG_INFO ? "  " : level == IC_LOG_WARN ? "  warning: " : "  error: ");
    write_escaped(w, event);
    for (; fields != NULL && fields->key != NULL; fields++) {
        ic_wr_text(w, "  ");
        ic_wr_text(w, fields->key);
        ic_wr_text(w, "=");
        if (fields->text != NULL)
            write_escaped(w, fields->text);
        else
            write_number(w, fields->number);
    }
    ic_wr_text(w, "\n");
}

void ic_log_write(const struct ic_log *log, enum ic_log_level level, const char *event,
                  const struct ic_log_field *fields)
{
    uint8_t line[LINE_MAX_BYTES];
    struct ic_wr w = ic_wr_init(line, sizeof line);
    time_t seconds = (time_t)ic_clock_wall_s();
    struct tm utc;
    char time[32];
    gmtime_r(&seconds, &utc);
    strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (log->is_text)
        write_text(&w, time, level, event, fields);
    else
        write_json(&w, time, level, event, fields);
    if (!ic_wr_ok(&w))
        return;
    ssize_t written = write(STDERR_FILENO, line, w.len);
    (void)written; /* nowhere to tell */
}
