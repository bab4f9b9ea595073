/* The program that brings the members of a load test in: it runs as a child, with a pipe to its
 * standard input and one from its standard output. What it says for people goes where ours goes. */
#ifndef IC_SHELL_LOAD_HELPER_H
#define IC_SHELL_LOAD_HELPER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"

struct ic_load_helper {
    pid_t pid; /* 0: none */
    int to_fd, from_fd;
    size_t len; /* of what was read and not taken */
    size_t taken;
    char text[IC_LOAD_LINE_MAX];
};

/* Start argv[0], looked for in PATH; argv ends with NULL.
 *  IC_ERR_SYSTEM  it cannot be started; errno says why */
IC_NODISCARD enum ic_err ic_load_helper_start(struct ic_load_helper *h, char *const argv[]);
/* Write the object as a line; takes it.
 *  IC_ERR_GONE  the helper has ended */
IC_NODISCARD enum ic_err ic_load_helper_write(struct ic_load_helper *h, json_t *object);
/* The next line, without its end, lent until the next call.
 *  IC_ERR_STATE  there is none by then    IC_ERR_GONE  the helper has ended
 *  IC_ERR_FULL  it has more than IC_LOAD_LINE_MAX bytes */
IC_NODISCARD enum ic_err ic_load_helper_read(struct ic_load_helper *h, struct ic_time deadline,
                                             const char **line, size_t *len);
/* Close its input, which tells it to end, wait for it at most 5 s, then kill it; the text that it
 * said, in which keys stand, is wiped. Safe on one that was never started. */
void ic_load_helper_stop(struct ic_load_helper *h);

#endif
