/* The folder of a witness, for the one process that cosigns with its key:
 *
 *   key   the seed of its Ed25519 key, mode 0600
 *   vkey  its verifier key: what others are given
 *   seen-<SHA-256 of a log's origin, in hex>  the last checkpoint text that was cosigned
 */
#ifndef IC_SHELL_WITNESS_FOLDER_H
#define IC_SHELL_WITNESS_FOLDER_H

#include "shell/cmd_args.h"
#include "tlog/log_policy.h"
#include "tlog/witness_request.h"

struct ic_witness_folder {
    const char *path; /* borrowed */
    int fd;
    struct ic_witness witness;
    struct ic_ed25519 private_key;
    struct ic_witness_log logs[IC_TLOG_LOGS_MAX];
    size_t log_count;
    bool is_kept[IC_TLOG_LOGS_MAX]; /* seen of that log was put on the disk by this process */
    bool is_failing;                /* the disk has refused what was to be kept last */
};

/* Makes the folder, which must not be there, and a key. All or nothing: it appears under its name
 * when it is whole. why on error: what to do, for a person.
 *  IC_ERR_INPUT  name is no name of a key */
IC_NODISCARD enum ic_err ic_witness_folder_create(struct ic_witness_folder *folder,
                                                  const char *path, const char *name,
                                                  char why[static IC_CMD_WHY_MAX]);
/* Opens and locks it, for the logs of the policy. */
IC_NODISCARD enum ic_err ic_witness_folder_open(struct ic_witness_folder *folder, const char *path,
                                                const struct ic_log_policy *policy,
                                                char why[static IC_CMD_WHY_MAX]);
/* Wipes the key. Safe after an error, and twice. */
void ic_witness_folder_close(struct ic_witness_folder *folder);

/* Judges a request and cosigns: what is cosigned stands on the disk before. The HTTP status, and
 * for 200 the signature line, for 409 the size, in out.
 *  time_s  now, in seconds since 1970 */
unsigned ic_witness_folder_answer(struct ic_witness_folder *folder, const uint8_t *request,
                                  size_t len, uint64_t time_s, struct ic_wr *out);

#endif
