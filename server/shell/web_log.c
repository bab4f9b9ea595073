#include "shell/web_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tlog/appender.h"

#define BUSY_RETRY_S   1
#define FULL_PATH_MAX  512
#define CHECKPOINT_MAX IC_APPENDER_NOTE_MAX

static const char checkpoint_name[] = "checkpoint";

static void refuse(struct ic_web_conn *conn, unsigned status, const char *code, const char *detail)
{
    ic_web_conn_problem(
        conn,
        (struct ic_web_reply){.status = status, .retry_after_s = status == 503 ? BUSY_RETRY_S : 0},
        code, detail);
}

static void refuse_missing(struct ic_web_conn *conn)
{
    refuse(conn, 404, "not_found", "There is nothing at this address.");
}

/* A regular file of the log, of at most cap bytes. -1: errno says why, ENOENT of what is none. */
static int open_file(const struct ic_web *web, const char *name, size_t cap, size_t *len)
{
    char path[FULL_PATH_MAX];
    struct stat s;
    int n = snprintf(path, sizeof path, "%s/%s", web->config.log_folder, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) || s.st_size <= 0 || s.st_size > (off_t)cap) {
        close(fd);
        errno = EIO;
        return -1;
    }
    *len = (size_t)s.st_size;
    return fd;
}

static bool read_whole(int fd, uint8_t *out, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = read(fd, &out[done], len - done);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* How many entries the published checkpoint covers; false: there is none. It is not verified here:
 * whoever asks does. */
static bool read_size(const struct ic_web *web, uint64_t *size)
{
    uint8_t bytes[CHECKPOINT_MAX];
    struct ic_note note;
    struct ic_checkpoint checkpoint;
    size_t len;
    int fd = open_file(web, checkpoint_name, sizeof bytes, &len);
    bool ok = fd >= 0 && read_whole(fd, bytes, len) && ic_note_parse(bytes, len, &note) == IC_OK &&
              ic_checkpoint_parse(note.text, note.text_len, &checkpoint) == IC_OK;
    if (fd >= 0)
        close(fd);
    if (ok)
        *size = checkpoint.head.size;
    return ok;
}

/* Answers with the bytes of the file, of at most cap. */
static void answer_file(struct ic_web_conn *conn, const char *name, size_t cap,
                        struct ic_web_reply *reply)
{
    struct ic_web *web = conn->web;
    size_t len = 0;
    int fd = open_file(web, name, cap, &len);
    if (fd < 0 && errno == ENOENT) {
        refuse_missing(conn);
        return;
    }
    if (fd < 0) {
        refuse(conn, 500, "internal", "The log cannot be read.");
        return;
    }
    reply->content_length = len;
    if (conn->is_head_only) { /* its length is all of it that is told */
        ic_web_conn_answer(conn, reply, ic_rd_init(NULL, 0), true);
        close(fd);
        return;
    }
    bool is_full = web->own_bytes + len > IC_HTTP_BODIES_MAX;
    uint8_t *bytes = is_full ? NULL : malloc(len);
    if (bytes == NULL) {
        refuse(conn, 503, "busy", "Too many large answers are under way. Try again soon.");
    } else if (!read_whole(fd, bytes, len)) {
        free(bytes);
        refuse(conn, 500, "internal", "The log cannot be read.");
    } else {
        ic_web_conn_answer_own(conn, reply, bytes, len);
    }
    close(fd);
}

/* What lies beyond the checkpoint may yet become other bytes: a cache must not get it. */
static bool is_covered(const struct ic_web *web, const struct ic_tile *tile)
{
    uint64_t size;
    return read_size(web, &size) && tile->width <= ic_tile_width(tile->level, tile->index, size);
}

void ic_web_log_on_request(struct ic_web_conn *conn, const struct ic_http1_text *path)
{
    const struct ic_web *web = conn->web;
    size_t prefix = sizeof IC_WEB_LOG_PATH - 1;
    const struct ic_http1_text name = {&path->at[prefix], path->len - prefix};
    struct ic_tile tile;
    char text[IC_TILE_PATH_MAX + 1];
    if (web->config.log_folder == NULL || web->config.log_folder[0] == '\0') {
        refuse_missing(conn);
    } else if (ic_http1_text_is(&name, checkpoint_name)) {
        struct ic_web_reply reply = {.status = 200,
                                     .content_type = "text/plain; charset=utf-8",
                                     .cache_control = "no-cache"};
        answer_file(conn, checkpoint_name, CHECKPOINT_MAX, &reply);
    } else if (ic_tile_parse((const char *)name.at, name.len, &tile) != IC_OK ||
               !is_covered(web, &tile)) {
        refuse_missing(conn);
    } else {
        /* The name is written anew from what was read: nothing else of the request gets to the
         * disk.
         */
        struct ic_wr w = ic_wr_init((uint8_t *)text, IC_TILE_PATH_MAX);
        ic_tile_write(&w, &tile);
        text[w.len] = '\0';
        struct ic_web_reply reply = {.status = 200,
                                     .content_type = "application/octet-stream",
                                     .cache_control = "public, max-age=31536000, immutable"};
        answer_file(conn, text,
                    tile.is_entries ? IC_APPENDER_BUNDLE_MAX
                                    : IC_TILE_WIDTH_MAX * (size_t)IC_MERKLE_HASH_LEN,
                    &reply);
    }
}
