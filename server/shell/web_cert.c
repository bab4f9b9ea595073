/* X.509 v3 (RFC 5280) with subjectAltName, which is the only name that browsers look at. */
#include "shell/web_cert.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAMES_CAP   4096
#define SERIAL_BITS 127 /* RFC 5280 4.1.2.2: positive, at most 20 octets */
#define BEFORE_S    (-86400L)
#define AFTER_S     (90L * 86400)
#define ADDRESS_CAP 64

/* Add ",IP:<address>" unless it is there already or there is no room. */
static void add_address(char *names, const struct ic_addr *addr)
{
    char text[IC_ADDR_TEXT_MAX], entry[ADDRESS_CAP];
    size_t len = strlen(names);
    ic_addr_text(addr, text);
    snprintf(entry, sizeof entry, ",IP:%s", text);
    const char *found = strstr(names, entry);
    size_t entry_len = strlen(entry);
    bool is_there = found != NULL && (found[entry_len] == ',' || found[entry_len] == '\0');
    if (!is_there && len + entry_len < NAMES_CAP)
        memcpy(names + len, entry, entry_len + 1);
}

static bool is_unspecified(const struct ic_addr *addr)
{
    static const struct ic_addr any_v6;
    struct ic_addr any_v4 = ic_addr_v4(0, 0, 0, 0, addr->port);
    return ic_addr_eq(addr, &any_v4) || memcmp(addr->ip, any_v6.ip, sizeof any_v6.ip) == 0;
}

static void add_interfaces(char *names)
{
    struct ifaddrs *list;
    if (getifaddrs(&list) != 0)
        return;
    for (const struct ifaddrs *item = list; item != NULL; item = item->ifa_next) {
        if (item->ifa_addr == NULL)
            continue;
        struct ic_addr addr = ic_addr_v4(0, 0, 0, 0, 0);
        if (item->ifa_addr->sa_family == AF_INET) {
            struct sockaddr_in v4;
            memcpy(&v4, item->ifa_addr, sizeof v4);
            memcpy(addr.ip + 12, &v4.sin_addr, 4);
        } else if (item->ifa_addr->sa_family == AF_INET6) {
            struct sockaddr_in6 v6;
            memcpy(&v6, item->ifa_addr, sizeof v6);
            memcpy(addr.ip, &v6.sin6_addr, 16);
        } else {
            continue;
        }
        add_address(names, &addr);
    }
    freeifaddrs(list);
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool is_added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool set_serial(X509 *cert)
{
    BIGNUM *serial = BN_new();
    bool is_set = serial != NULL &&
                  BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) != NULL;
    BN_free(serial);
    return is_set;
}

static bool fill(X509 *cert, EVP_PKEY *key, const char *names)
{
    X509_NAME *name = X509_get_subject_name(cert);
    static const unsigned char common_name[] = "In Camera development server";
    return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
           X509_gmtime_adj(X509_getm_notBefore(cert), BEFORE_S) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(cert), AFTER_S) != NULL &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(cert, name) == 1 && X509_set_pubkey(cert, key) == 1 &&
           add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
           add_extension(cert, NID_ext_key_usage, "serverAuth") &&
           add_extension(cert, NID_subject_alt_name, names) &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

enum ic_err ic_web_cert_use(struct ssl_ctx_st *context, const struct ic_addr *listen,
                            size_t listen_count)
{
    char names[NAMES_CAP] = "DNS:localhost,IP:127.0.0.1,IP:::1";
    for (size_t i = 0; i < listen_count; i++) {
        if (is_unspecified(&listen[i]))
            add_interfaces(names);
        else
            add_address(names, &listen[i]);
    }
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    bool is_used = key != NULL && cert != NULL && fill(cert, key, names) &&
                   SSL_CTX_use_certificate(context, cert) == 1 &&
                   SSL_CTX_use_PrivateKey(context, key) == 1;
    X509_free(cert);
    EVP_PKEY_free(key);
    return is_used ? IC_OK : IC_ERR_SYSTEM;
}
