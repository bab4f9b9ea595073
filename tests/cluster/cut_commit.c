/* The product that dies between writing a commit and telling anybody of it: when the file that
 * IC_TEST_CUT names is there, the next commit that is on the disk is the last thing it does. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "shell/store_sqlite.h"

__typeof__(ic_store_run) __real_ic_store_run, __wrap_ic_store_run;

void __wrap_ic_store_run(struct ic_store *store, int64_t now_s,
                         const struct ic_store_request *request, struct ic_store_reply *reply)
{
    const char *file = getenv("IC_TEST_CUT");
    __real_ic_store_run(store, now_s, request, reply);
    if (request->kind == IC_STORE_GROUP_COMMIT && reply->result == IC_OK && file != NULL &&
        access(file, F_OK) == 0)
        (void)kill(getpid(), SIGKILL);
}
