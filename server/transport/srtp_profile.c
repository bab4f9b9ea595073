#include "transport/srtp_profile.h"

struct profile_lengths {
    size_t key, salt, tag;
};

static struct profile_lengths lengths_of(enum ic_srtp_profile profile)
{
    switch (profile) {
    case IC_SRTP_AES128_CM_HMAC_SHA1_80: /* RFC 5764 4.1.2 */
        return (struct profile_lengths){.key = 16, .salt = 14, .tag = 10};
    case IC_SRTP_AEAD_AES_128_GCM: /* RFC 7714 14.2 */
        return (struct profile_lengths){.key = 16, .salt = 12, .tag = 16};
    case IC_SRTP_AEAD_AES_256_GCM:
        return (struct profile_lengths){.key = 32, .salt = 12, .tag = 16};
    case IC_SRTP_NONE:
        break;
    }
    return (struct profile_lengths){0};
}

size_t ic_srtp_key_len(enum ic_srtp_profile profile)
{
    return lengths_of(profile).key;
}

size_t ic_srtp_salt_len(enum ic_srtp_profile profile)
{
    return lengths_of(profile).salt;
}

size_t ic_srtp_tag_len(enum ic_srtp_profile profile)
{
    return lengths_of(profile).tag;
}

bool ic_srtp_is_aead(enum ic_srtp_profile profile)
{
    return profile == IC_SRTP_AEAD_AES_128_GCM || profile == IC_SRTP_AEAD_AES_256_GCM;
}
