/* Meetings and their groups on disk: SQLite in WAL mode, one writer (the store thread). What was
 * answered with IC_OK is on the disk. */
#ifndef IC_SHELL_STORE_SQLITE_H
#define IC_SHELL_STORE_SQLITE_H

#include <stdint.h>

#include "base/err.h"
#include "msg/store.h"

struct ic_store;

/* Open or make the database at path (":memory:" for tests). NULL on failure: *why holds one line
 * for a person, lent until the next call. */
struct ic_store *ic_store_open(const char *path, uint64_t meetings_max, const char **why);
void ic_store_close(struct ic_store *store);
/* Carry out one request. now_s: seconds since 1970. Blocking: disk.
 *  request  borrows
 *  reply    its parts, if any, are the caller's, to be freed with free() */
void ic_store_run(struct ic_store *store, int64_t now_s, const struct ic_store_request *request,
                  struct ic_store_reply *reply);

#endif
