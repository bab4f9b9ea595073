#include "transport/srtp_kdf.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "crypto/ctr.h"

/* RFC 3711 4.3.1, 4.3.2: labels 0 to 2 for SRTP, 3 to 5 for SRTCP. */
enum label { LABEL_KEY = 0, LABEL_AUTH = 1, LABEL_SALT = 2, LABEL_RTCP = 3 };

/* RFC 3711 4.3.1: "Let key_id = <label> || r [...] Let x = key_id XOR master_salt, where key_id and
 * master_salt are aligned so that their least significant bits agree (right-alignment)." r being 48
 * zero bits, the label meets byte 7 of the 14. RFC 3711 4.3.3: AES-CM starts at counter block
 * x * 2^16. A salt of 96 bits (RFC 7714) is followed by 16 zero bits to make 112. */
enum ic_err ic_srtp_kdf_prf(const uint8_t *key, size_t key_len, const uint8_t *salt,
                            size_t salt_len, uint8_t label, uint8_t *out, size_t n)
{
    uint8_t iv[IC_CTR_IV_LEN] = {0};
    struct ic_ctr ctr = {0};
    const struct ic_part zeros = {out, n};
    IC_ASSERT(salt_len <= IC_SRTP_SALT_MAX);
    memcpy(iv, salt, salt_len);
    iv[7] ^= label;
    memset(out, 0, n);
    enum ic_err err = ic_ctr_init(&ctr, key, key_len);
    if (err == IC_OK)
        err = ic_ctr_xor(&ctr, iv, &zeros, 1, out);
    ic_ctr_deinit(&ctr);
    ic_ct_wipe(iv, sizeof iv);
    return err;
}

enum ic_err ic_srtp_kdf_derive(enum ic_srtp_profile profile, enum ic_srtp_kind kind,
                               const uint8_t *master_key, const uint8_t *master_salt,
                               struct ic_srtp_session_keys *out)
{
    size_t key_len = ic_srtp_key_len(profile), salt_len = ic_srtp_salt_len(profile);
    uint8_t base = kind == IC_SRTP_RTCP ? LABEL_RTCP : 0;
    memset(out, 0, sizeof *out);
    if (key_len == 0)
        return IC_ERR_INPUT;
    enum ic_err err = ic_srtp_kdf_prf(master_key, key_len, master_salt, salt_len,
                                      (uint8_t)(base + LABEL_KEY), out->key, key_len);
    if (err == IC_OK)
        err = ic_srtp_kdf_prf(master_key, key_len, master_salt, salt_len,
                              (uint8_t)(base + LABEL_AUTH), out->auth, sizeof out->auth);
    if (err == IC_OK)
        err = ic_srtp_kdf_prf(master_key, key_len, master_salt, salt_len,
                              (uint8_t)(base + LABEL_SALT), out->salt, salt_len);
    if (err != IC_OK)
        ic_ct_wipe(out, sizeof *out);
    return err;
}
