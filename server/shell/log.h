/* One line per event on standard error: JSON for machines, text for a person at a terminal. Fixed
 * event names, ids and numbers; never a name that a person chose, never a whole address. */
#ifndef IC_SHELL_LOG_H
#define IC_SHELL_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum ic_log_level { IC_LOG_INFO, IC_LOG_WARN, IC_LOG_ERROR };

struct ic_log_field {
    const char *key;
    const char *text; /* NULL: number is meant */
    uint64_t number;
};

#define IC_LOG_TEXT(k, t)   ((struct ic_log_field){.key = (k), .text = (t)})
#define IC_LOG_NUMBER(k, n) ((struct ic_log_field){.key = (k), .number = (n)})

struct ic_log {
    bool is_text;
};

/* Write one line in one system call, so that threads do not mix. fields ends with a NULL key. */
void ic_log_write(const struct ic_log *log, enum ic_log_level level, const char *event,
                  const struct ic_log_field *fields);

#define IC_LOG_END         ((struct ic_log_field){.key = 0})
#define IC_LOG_FIELDS(...) ((const struct ic_log_field[]){__VA_ARGS__, IC_LOG_END})

#endif
