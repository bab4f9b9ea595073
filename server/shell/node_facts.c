#include "shell/node_facts.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"

static bool fail(char *why, const char *words)
{
    snprintf(why, IC_CONFIG_WHY_MAX, "%s", words);
    return false;
}

/* A name that is too long is none: cut, it would be that of another machine. */
void ic_node_facts_name(const struct ic_config *config, char out[static IC_NODE_NAME_MAX + 1])
{
    const char *origin = config->origin_count == 0 ? "" : config->origins[0];
    const char *scheme = strstr(origin, "://");
    const char *name = config->is_dev ? "localhost" : "";
    size_t len = strlen(name);
    if (config->node_name[0] != '\0') {
        name = config->node_name;
        len = strlen(name);
    } else if (scheme != NULL) {
        name = scheme + 3;
        len = strcspn(name, ":");
    }
    if (len > IC_NODE_NAME_MAX)
        len = 0;
    memcpy(out, name, len);
    out[len] = '\0';
}

/* ---- keys and program ---- */

static bool read_dtls(const struct ic_node_facts *facts, struct ic_node_cert *cert, char *why)
{
    struct ic_dtls_credentials *credentials = ic_data_dir_credentials(facts->data, why);
    if (credentials == NULL)
        return false;
    static_assert(IC_FINGERPRINT_LEN == IC_SHA256_LEN, "a fingerprint is SHA-256");
    ic_dtls_credentials_fingerprint(credentials, cert->dtls_sha256);
    ic_dtls_credentials_destroy(credentials);
    return true;
}

static bool read_receipt_key(const struct ic_node_facts *facts, struct ic_node_cert *cert,
                             char *why)
{
    uint8_t seed[IC_ED25519_SEED_LEN], key[IC_ED25519_KEY_LEN];
    char name[IC_NODE_NAME_MAX + sizeof "/receipt"];
    if (ic_data_dir_receipt_seed(facts->data, seed, why) != IC_OK)
        return false;
    int n = snprintf(name, sizeof name, "%s/receipt", cert->name);
    bool ok = ic_ed25519_public_key(seed, key) == IC_OK &&
              ic_note_key_init(&cert->receipt_key, name, (size_t)n, key) == IC_OK;
    OPENSSL_cleanse(seed, sizeof seed);
    return ok || fail(why, "node_name is no name of a host. Set it to the name of this machine, "
                           "such as eu-fra-1.meet.example.org.");
}

/* Of the file that this process was started from. */
static bool hash_program(uint8_t out[static IC_SHA256_LEN], char *why)
{
    struct stat s;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fstat(fd, &s) == 0 && s.st_size > 0;
    void *bytes = ok ? mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (bytes == MAP_FAILED)
        return fail(why, "The program cannot read its own file (/proc/self/exe), whose hash goes "
                         "into the certificate.");
    const struct ic_part part = {bytes, (size_t)s.st_size};
    ok = ic_hash_sha256(&part, 1, out) == IC_OK;
    (void)munmap(bytes, (size_t)s.st_size);
    return ok || fail(why, "The crypto library failed.");
}

/* ---- settings ---- */

static void fill_region(const struct ic_config *config, struct ic_node_cert *cert)
{
    if (strlen(config->node_region) != IC_COUNTRY_LEN)
        return; /* refused by its name below */
    memcpy(cert->country, config->node_region, IC_COUNTRY_LEN);
    for (unsigned i = 0; i < IC_COUNTRY_GROUPS; i++)
        if (ic_country_is_in(cert->country, (enum ic_country_group)i))
            cert->groups = (uint8_t)(cert->groups | 1u << i);
}

static bool fill_settings(const struct ic_node_facts *facts, struct ic_node_cert *cert, char *why)
{
    const struct ic_config *config = facts->config;
    const struct ic_node_value site = {config->node_site, strlen(config->node_site)};
    ic_node_facts_name(config, cert->name);
    fill_region(config, cert);
    if (!ic_node_site_parse(site, &cert->site))
        return fail(why, "node_site is not set, or not of the form latitude longitude km: "
                         "node_site = 50.11 8.68 25, with two decimals.");
    if (strlen(config->node_entity) > IC_NODE_ENTITY_MAX)
        return fail(why, "node_entity is longer than 128 bytes.");
    memcpy(cert->entity, config->node_entity, strlen(config->node_entity) + 1);
    cert->roles = IC_NODE_ROLE_MEDIA | IC_NODE_ROLE_RELAY | IC_NODE_ROLE_SIGNAL;
    return true;
}

static bool fill_addresses(const struct ic_node_facts *facts, struct ic_node_cert *cert, char *why)
{
    if (facts->address_count == 0)
        return fail(why, "This machine has no network address to announce for media. Set "
                         "media_address.");
    IC_ASSERT(facts->address_count <= IC_NODE_ADDRESSES_MAX);
    for (size_t i = 0; i < facts->address_count; i++)
        if (!ic_node_cert_covers(cert, &facts->addresses[i])) /* on two interfaces: once */
            cert->addresses[cert->address_count++] = ic_node_prefix_of(&facts->addresses[i]);
    ic_node_cert_sort(cert);
    return true;
}

/* Which setting a line comes from, and what it should be. */
static void explain(enum ic_node_reason reason, char *why)
{
    static const struct {
        enum ic_node_reason reason;
        const char *words;
    } rows[] = {
        {IC_NODE_NODE, "node_name is not set, or no name of a host in small letters. Set it to the "
                       "name of this machine, such as eu-fra-1.meet.example.org."},
        {IC_NODE_REGION, "node_region is not set, or no country: two letters of ISO 3166-1, such "
                         "as node_region = DE."},
        {IC_NODE_ENTITY, "node_entity is not set, or holds what people cannot see. It says who "
                         "runs this machine, such as Example e.V., Frankfurt, DE."},
        {IC_NODE_ADDR,
         "One of the addresses for media is none that a machine can have. Set media_address."},
    };
    const char *words = "The certificate cannot be made of these settings.";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].reason == reason)
            words = rows[i].words;
    (void)fail(why, words);
}

bool ic_node_facts_write(struct ic_wr *w, const struct ic_node_facts *facts,
                         char why[static IC_CONFIG_WHY_MAX])
{
    struct ic_node_cert cert = {.serial = facts->serial}, again;
    size_t start = w->len;
    cert.not_before_s = facts->now_s - IC_NODE_FACTS_BACK_S;
    cert.not_after_s = cert.not_before_s + facts->days * 86400ull;
    if (!fill_settings(facts, &cert, why) || !fill_addresses(facts, &cert, why) ||
        !read_dtls(facts, &cert, why) || !read_receipt_key(facts, &cert, why) ||
        !hash_program(cert.build_sha256, why))
        return false;
    ic_node_cert_write(w, &cert);
    if (!ic_wr_ok(w))
        return fail(why, "The certificate is too large.");
    enum ic_node_reason reason = ic_node_cert_parse(&w->base[start], w->len - start, &again);
    if (reason != IC_NODE_GOOD)
        explain(reason, why);
    return reason == IC_NODE_GOOD;
}
