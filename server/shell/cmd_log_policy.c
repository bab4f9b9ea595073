#include "shell/cmd_log_policy.h"

#include <stdio.h>

static const char *const words[] = {
    [IC_LOG_POLICY_SIZE] = "is too large",
    [IC_LOG_POLICY_OCTET] = "a control character; lines end with a line feed alone",
    [IC_LOG_POLICY_UNTERMINATED] = "the last line does not end with a line feed",
    [IC_LOG_POLICY_KEYWORD] = "a line begins with log, witness, group, quorum or #",
    [IC_LOG_POLICY_WORDS] = "too few or too many words. The lines are: log KEY [URL], witness NAME "
                            "KEY [URL], group NAME all|any|NUMBER NAME..., quorum NAME",
    [IC_LOG_POLICY_KEY] = "no Ed25519 verifier key of a log (type 1), or of a witness (type 4)",
    [IC_LOG_POLICY_KEY_AGAIN] = "the key stands on a line before",
    [IC_LOG_POLICY_NAME_AGAIN] = "the name is taken",
    [IC_LOG_POLICY_UNKNOWN] = "no line before defines that name",
    [IC_LOG_POLICY_MEMBER_AGAIN] = "a witness or group can be a member once only",
    [IC_LOG_POLICY_THRESHOLD] = "the threshold is all, any, or a number from 1 to that of the "
                                "members",
    [IC_LOG_POLICY_QUORUM_AGAIN] = "there is a quorum already",
    [IC_LOG_POLICY_NO_QUORUM] = "has no quorum line. Without witnesses, write: quorum none",
    [IC_LOG_POLICY_NO_LOG] = "has no log line: no checkpoint would be believed",
    [IC_LOG_POLICY_LIMIT] = "more than 32 logs, witnesses or groups",
};

bool ic_cmd_log_policy_read(const char *path, struct ic_log_policy *out,
                            char why[static IC_CMD_WHY_MAX])
{
    static uint8_t bytes[IC_LOG_POLICY_BYTES_MAX];
    struct ic_log_policy_error error;
    size_t len;
    if (!ic_cmd_read_file(path, bytes, sizeof bytes, &len, why))
        return false;
    enum ic_err err = ic_log_policy_parse(bytes, len, out, &error);
    if (err == IC_ERR_INPUT && error.line == 0)
        snprintf(why, IC_CMD_WHY_MAX, "%.200s %s", path, words[error.fault]);
    else if (err == IC_ERR_INPUT)
        snprintf(why, IC_CMD_WHY_MAX, "%.200s, line %zu: %s", path, error.line, words[error.fault]);
    else if (err != IC_OK)
        snprintf(why, IC_CMD_WHY_MAX, "the crypto library failed");
    return err == IC_OK;
}
