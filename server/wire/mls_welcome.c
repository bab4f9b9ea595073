#include "wire/mls_welcome.h"

#include "base/limits.h"
#include "wire/mls_message.h"

bool ic_mls_welcome_secret_next(struct ic_rd *secrets, struct ic_mls_welcome_secret *out)
{
    if (secrets->bad || secrets->left == 0)
        return false;
    struct ic_rd start = *secrets;
    struct ic_mls_welcome_secret secret = {.reference = ic_mls_read_vector(secrets)};
    secret.kem_output = ic_mls_read_vector(secrets);
    secret.ciphertext = ic_mls_read_vector(secrets);
    secret.raw = ic_mls_since(&start, secrets);
    if (!ic_rd_ok(secrets))
        return false;
    *out = secret;
    return true;
}

enum ic_err ic_mls_welcome_parse(struct ic_mls_span body, struct ic_mls_welcome *out)
{
    struct ic_rd r = ic_mls_rd(body);
    struct ic_mls_welcome welcome = {.suite = ic_rd_u16(&r)};
    welcome.secrets = ic_mls_read_vector(&r);
    struct ic_rd secrets = ic_mls_rd(welcome.secrets);
    struct ic_mls_welcome_secret secret;
    while (ic_mls_welcome_secret_next(&secrets, &secret))
        welcome.secret_count++;
    welcome.encrypted_group_info = ic_mls_read_vector(&r);
    if (!ic_rd_done(&r) || secrets.bad || welcome.secret_count > IC_MLS_ADDS_MAX)
        return IC_ERR_INPUT;
    *out = welcome;
    return IC_OK;
}

void ic_mls_welcome_write_one(struct ic_wr *w, const struct ic_mls_welcome *welcome,
                              const struct ic_mls_welcome_secret *secret)
{
    ic_mls_message_write_header(w, IC_MLS_WELCOME);
    ic_wr_u16(w, welcome->suite);
    ic_mls_write_vector(w, secret->raw.at, secret->raw.len);
    ic_mls_write_vector(w, welcome->encrypted_group_info.at, welcome->encrypted_group_info.len);
}
