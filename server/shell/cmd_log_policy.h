/* Policy files (tlog/log_policy.h) as commands read them. */
#ifndef IC_SHELL_CMD_LOG_POLICY_H
#define IC_SHELL_CMD_LOG_POLICY_H

#include "shell/cmd_args.h"
#include "tlog/log_policy.h"

/* The policy lends bytes that stay until another is read. false: why says what to do. */
bool ic_cmd_log_policy_read(const char *path, struct ic_log_policy *out,
                            char why[static IC_CMD_WHY_MAX]);

#endif
