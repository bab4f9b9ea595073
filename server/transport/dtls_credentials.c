/* Certificate and key of this process. The certificate says nothing: a fixed name, a random serial
 * number, a validity that nobody looks at. What counts is its fingerprint, which travels over the
 * signalling (RFC 8122 5, RFC 8827 6.5). */
#include "transport/dtls_credentials.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/pool.h"
#include "crypto/ct.h"
#include "crypto/hash.h"

#define DAY_S          86400
#define VALID_DAYS     3650
#define SERIAL_BITS    127
#define RSA_BITS_MIN   2048
#define CERTIFICATE_CN "incamera"

static bool set_serial(X509 *x)
{
    BIGNUM *serial = BN_new();
    bool good = serial != NULL &&
                BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x)) != NULL;
    BN_free(serial);
    return good;
}

static X509 *make_certificate(EVP_PKEY *key, int64_t now_s)
{
    X509 *x = X509_new();
    if (x == NULL)
        return NULL;
    static const unsigned char name_text[] = CERTIFICATE_CN;
    X509_NAME *name = X509_get_subject_name(x);
    /* A day back: clocks differ. */
    bool good =
        X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
        ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(now_s - DAY_S)) != NULL &&
        ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(now_s + VALID_DAYS * DAY_S)) != NULL &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, name_text, -1, -1, 0) == 1 &&
        X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
        X509_sign(x, key, EVP_sha256()) > 0;
    if (!good) {
        X509_free(x);
        return NULL;
    }
    return x;
}

bool ic_dtls_certificate_fingerprint(const X509 *certificate,
                                     uint8_t out[static IC_FINGERPRINT_LEN])
{
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    if (len <= 0)
        return false;
    struct ic_part part = {.bytes = der, .len = (size_t)len};
    bool good = len <= IC_DTLS_CERTIFICATE_MAX && ic_hash_sha256(&part, 1, out) == IC_OK;
    OPENSSL_free(der);
    return good;
}

static bool is_p256(EVP_PKEY *key)
{
    char group[32];
    size_t len = 0;
    int is_explicit = 0;
    /* Curves that a certificate spells out in numbers were the way into CVE-2022-0778. */
    if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &is_explicit) == 1 &&
        is_explicit != 0)
        return false;
    return EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1 &&
           strcmp(group, SN_X9_62_prime256v1) == 0;
}

bool ic_dtls_certificate_is_acceptable(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key == NULL)
        return false;
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_EC:
        return is_p256(key);
    case EVP_PKEY_RSA:
        return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN;
    default:
        return false;
    }
}

/* Takes key and certificate, also when it fails. */
static struct ic_dtls_credentials *assemble(EVP_PKEY *key, X509 *certificate)
{
    struct ic_dtls_credentials *c = ic_array_alloc(1, sizeof *c);
    if (c == NULL) {
        EVP_PKEY_free(key);
        X509_free(certificate);
        return NULL;
    }
    c->key = key;
    c->certificate = certificate;
    if (key == NULL || certificate == NULL || X509_check_private_key(certificate, key) != 1 ||
        EVP_PKEY_get_base_id(key) != EVP_PKEY_EC || !is_p256(key) ||
        !ic_dtls_certificate_fingerprint(certificate, c->fingerprint) || !ic_dtls_equip(c)) {
        ic_dtls_credentials_destroy(c);
        c = NULL;
    }
    ERR_clear_error();
    return c;
}

struct ic_dtls_credentials *ic_dtls_credentials_create(int64_t now_s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    return assemble(key, key == NULL ? NULL : make_certificate(key, now_s));
}

/* The texts that we write have no passphrase; asking for one would read the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

struct ic_dtls_credentials *ic_dtls_credentials_read(const char *pem, size_t len)
{
    BIO *bio = len > INT32_MAX ? NULL : BIO_new_mem_buf(pem, (int)len);
    if (bio == NULL)
        return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    return assemble(key, certificate);
}

size_t ic_dtls_credentials_write(const struct ic_dtls_credentials *c, char *out, size_t cap)
{
    BIO *bio = BIO_new(BIO_s_secmem()); /* wiped when it is freed */
    if (bio == NULL)
        return 0;
    char *text = NULL;
    size_t len = 0;
    if (PEM_write_bio_PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL) == 1 &&
        PEM_write_bio_X509(bio, c->certificate) == 1) {
        long n = BIO_get_mem_data(bio, &text);
        len = n > 0 && (size_t)n <= cap ? (size_t)n : 0;
    }
    if (len > 0)
        memcpy(out, text, len);
    BIO_free(bio);
    ERR_clear_error();
    return len;
}

void ic_dtls_credentials_destroy(struct ic_dtls_credentials *c)
{
    if (c == NULL)
        return;
    SSL_CTX_free(c->context);
    BIO_meth_free(c->bio);
    EVP_PKEY_free(c->key);
    X509_free(c->certificate);
    ic_ct_wipe(c, sizeof *c);
    ic_array_free(c);
}

void ic_dtls_credentials_fingerprint(const struct ic_dtls_credentials *c,
                                     uint8_t out[static IC_FINGERPRINT_LEN])
{
    memcpy(out, c->fingerprint, IC_FINGERPRINT_LEN);
}
