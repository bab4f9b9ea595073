#include "shell/load_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crypto/ct.h"
#include "shell/clock.h"

#define STOP_MS 5000
#define STEP_MS 20

extern char **environ;

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool spawn(struct ic_load_helper *h, char *const argv[], int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return false;
    }
    int error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (error == 0) /* Ctrl-C is ours: the members stay until we are done */
        error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (error == 0)
        error = posix_spawnp(&h->pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    errno = error;
    h->pid = error == 0 ? h->pid : 0;
    return error == 0;
}

enum ic_err ic_load_helper_start(struct ic_load_helper *h, char *const argv[])
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    *h = (struct ic_load_helper){.to_fd = -1, .from_fd = -1};
    bool ok =
        pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && spawn(h, argv, in[0], out[1]);
    int error = errno;
    close_end(&in[0]);
    close_end(&out[1]);
    h->to_fd = in[1];
    h->from_fd = out[0];
    if (!ok)
        ic_load_helper_stop(h);
    errno = error;
    return ok ? IC_OK : IC_ERR_SYSTEM;
}

enum ic_err ic_load_helper_write(struct ic_load_helper *h, json_t *object)
{
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (text == NULL)
        return IC_ERR_GONE;
    size_t len = strlen(text), done = 0;
    text[len++] = '\n'; /* in the place of its terminator */
    while (done < len) {
        ssize_t n = write(h->to_fd, &text[done], len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    free(text);
    return done == len ? IC_OK : IC_ERR_GONE;
}

/* Wait until there is something to read, and read it. */
static enum ic_err read_more(struct ic_load_helper *h, struct ic_time deadline)
{
    struct pollfd poll_fd = {.fd = h->from_fd, .events = POLLIN};
    int64_t left_us = ic_time_sub(deadline, ic_clock_now()).us;
    int count = poll(&poll_fd, 1, left_us <= 0 ? 0 : (int)(left_us / 1000) + 1);
    if (count < 0)
        return errno == EINTR ? IC_OK : IC_ERR_GONE;
    if (count == 0)
        return IC_ERR_STATE;
    ssize_t n = read(h->from_fd, &h->text[h->len], sizeof h->text - h->len);
    h->len += n > 0 ? (size_t)n : 0;
    return n > 0 || (n < 0 && errno == EINTR) ? IC_OK : IC_ERR_GONE;
}

enum ic_err ic_load_helper_read(struct ic_load_helper *h, struct ic_time deadline,
                                const char **line, size_t *len)
{
    h->len -= h->taken;
    memmove(h->text, &h->text[h->taken], h->len);
    h->taken = 0;
    for (;;) {
        const char *end = memchr(h->text, '\n', h->len);
        if (end != NULL) {
            *line = h->text;
            *len = (size_t)(end - h->text);
            h->taken = *len + 1;
            return IC_OK;
        }
        if (h->len == sizeof h->text)
            return IC_ERR_FULL;
        enum ic_err err = read_more(h, deadline);
        if (err != IC_OK)
            return err;
    }
}

void ic_load_helper_stop(struct ic_load_helper *h)
{
    const struct timespec step = {.tv_nsec = STEP_MS * 1000000};
    close_end(&h->to_fd);
    for (int ms = 0; h->pid > 0; ms += STEP_MS) {
        if (waitpid(h->pid, NULL, WNOHANG) != 0) {
            h->pid = 0;
        } else if (ms < STOP_MS) {
            nanosleep(&step, NULL);
        } else {
            kill(h->pid, SIGKILL);
            waitpid(h->pid, NULL, 0);
            h->pid = 0;
        }
    }
    close_end(&h->from_fd);
    ic_ct_wipe(h->text, sizeof h->text);
}
