/* The folder of database and keys. A development server gets a throw-away one. */
#ifndef IC_SHELL_DATA_DIR_H
#define IC_SHELL_DATA_DIR_H

#include <stdbool.h>

#include "base/err.h"
#include "crypto/ed25519.h"
#include "shell/config.h"
#include "transport/dtls.h"

#define IC_DATA_DIR_LOG "log" /* the folder of a trial's own log, in the data folder */

struct ic_data_dir {
    char path[IC_CONFIG_TEXT_MAX];
    bool is_temporary;
};

/* Make sure that the folder exists with mode 0700 and belongs to us; path "" makes a temporary one.
 *  why  on error: one line for a person */
IC_NODISCARD enum ic_err ic_data_dir_open(struct ic_data_dir *dir, const char *path,
                                          char why[static IC_CONFIG_WHY_MAX]);
/* Remove a temporary folder with what we put there. */
void ic_data_dir_close(struct ic_data_dir *dir);
/* Path of a file in the folder; false when too long. */
bool ic_data_dir_file(const struct ic_data_dir *dir, const char *name,
                      char out[static IC_CONFIG_TEXT_MAX + 32]);
/* DTLS key and certificate: read dtls.pem, or make it (mode 0600) at the first start. NULL on
 * failure. The caller takes them. */
struct ic_dtls_credentials *ic_data_dir_credentials(const struct ic_data_dir *dir,
                                                    char why[static IC_CONFIG_WHY_MAX]);

/* The seed of the log key, an Ed25519 private key: read log.key, or make it (mode 0600) at the
 * first start. The caller wipes it. */
IC_NODISCARD enum ic_err ic_data_dir_log_seed(const struct ic_data_dir *dir,
                                              uint8_t seed[static IC_ED25519_SEED_LEN],
                                              char why[static IC_CONFIG_WHY_MAX]);
/* The same for the key that signs route receipts, receipt.key. */
IC_NODISCARD enum ic_err ic_data_dir_receipt_seed(const struct ic_data_dir *dir,
                                                  uint8_t seed[static IC_ED25519_SEED_LEN],
                                                  char why[static IC_CONFIG_WHY_MAX]);

#endif
