/* Configuration: precedence, strictness, and what a person reads when something is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shell/config.h"
#include "shell/config_value.h"

struct file {
    char path[32];
};

static struct file write_file(const char *text)
{
    struct file f = {.path = "/tmp/incamera-test-XXXXXX"};
    int fd = mkstemp(f.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return f;
}

static enum ic_err read_all(struct ic_config *c, const char *const *flags,
                            const char *const *environment, const char *file_text, char *why)
{
    struct file f = {.path = ""};
    int count = 0;
    while (flags != NULL && flags[count] != NULL)
        count++;
    if (file_text != NULL)
        f = write_file(file_text);
    struct ic_config_source source = {.flags = flags,
                                      .flag_count = count,
                                      .environment = environment,
                                      .file = file_text == NULL ? NULL : f.path};
    enum ic_err e = ic_config_read(c, &source, why);
    if (file_text != NULL)
        unlink(f.path);
    return e;
}

static const char *const dev[] = {"--dev", NULL};

static void flag_beats_environment_beats_file(void **state)
{
    (void)state;
    struct ic_config c;
    char why[IC_CONFIG_WHY_MAX];
    static const char *const flags[] = {"--dev", "--media-port=1001", NULL};
    static const char *const environment[] = {"INCAMERA_MEDIA_PORT=1002",
                                              "INCAMERA_MEDIA_UDP_BASE=2002", "HOME=/", NULL};
    static const char text[] = "media_port = 1003\nmedia_udp_base = 2003\nmedia_workers = 3\n";
    assert_int_equal(read_all(&c, flags, environment, text, why), IC_OK);
    assert_int_equal(c.media_port, 1001);
    assert_int_equal(c.media_udp_base, 2002);
    assert_int_equal(c.media_workers, 3);
    assert_int_equal(c.participants_max, 1000);
}

static void flag_value_may_stand_apart(void **state)
{
    (void)state;
    struct ic_config c;
    char why[IC_CONFIG_WHY_MAX];
    static const char *const flags[] = {"--dev", "--media-address", "192.0.2.1, 2001:db8::1", NULL};
    assert_int_equal(read_all(&c, flags, NULL, NULL, why), IC_OK);
    assert_int_equal(c.media_address_count, 2);
}

struct refusal {
    const char *flags[5];
    const char *environment[2];
    const char *file;
    const char *says[3];
};

static const struct refusal refusals[] = {
    {.flags = {"--dev"},
     .file = "# a comment\nmedia_prot = 1\n",
     .says = {"line 2", "media_prot", "media_port"}},
    {.flags = {"--dev"}, .file = "media_port = 70000\n", .says = {"line 1", "70000", "1..65535"}},
    {.flags = {"--dev"}, .file = "media_port = 1\nmedia_port = 2\n", .says = {"line 2", "twice"}},
    {.flags = {"--dev"}, .file = "[media]\nmedia_port = 1\n", .says = {"sections"}},
    {.flags = {"--dev"}, .file = "nonsense\n", .says = {"line 1"}},
    {.flags = {"--dev", "--lisen=:1"}, .says = {"lisen", "listen"}},
    {.flags = {"--dev", "--media-port"}, .says = {"--media-port", "value"}},
    {.flags = {"--dev", "extra"}, .says = {"extra", "--help"}},
    {.flags = {"--dev"}, .environment = {"INCAMERA_TSL=on"}, .says = {"environment", "tsl", "tls"}},
    {.flags = {"--dev", "--media-port=1"},
     .environment = {"INCAMERA_MEDIA_PORT=zero"},
     .says = {"environment", "zero"}},
    {.flags = {"--lan"}, .says = {"--dev"}},
    {.flags = {NULL}, .says = {"tls_cert"}},
    {.flags = {"--dev", "--origin=example.org"}, .says = {"origin", "https://"}},
    {.flags = {"--dev", "--listen=::1:80"}, .says = {"listen"}},
    {.flags = {"--dev", "--nats-url=nats://n1:4222"}, .says = {"nats_url", "nats_credentials"}},
    {.flags = {"--dev", "--nats-url=nats://n1:4222", "--nats-credentials=/n"},
     .says = {"nats_url", "cluster_name"}},
    {.flags = {"--dev", "--nats-url=tls://n1:4222", "--nats-credentials=/n", "--cluster-name=eu"},
     .says = {"tls://", "nats_ca"}},
    {.flags = {"--dev", "--cluster-name=eu"}, .says = {"nats_url is empty", "remove"}},
    {.flags = {"--dev", "--placement-tags=country:de"}, .says = {"nats_url is empty"}},
    {.flags = {"--dev", "--nats-url=nats://node:sesame@n1:4222"}, .says = {"nats_url", "tls://"}},
    {.flags = {"--dev", "--nats-url=n1:4222"}, .says = {"nats_url", "tls://"}},
    {.flags = {"--dev", "--nats-url=tls://n1/x"}, .says = {"nats_url", "tls://"}},
    {.flags = {"--dev", "--nats-ulr=tls://n1"}, .says = {"nats_ulr", "nats_url"}},
    {.flags = {"--dev", "--cluster-name=a b"}, .says = {"cluster_name", "name"}},
    {.flags = {"--dev", "--placement-tags=a, >"}, .says = {"placement_tags", "country:de"}},
};

static void a_cluster_has_its_settings(void **state)
{
    (void)state;
    struct ic_config c;
    char why[IC_CONFIG_WHY_MAX];
    static const char text[] = "nats_url = tls://n1.example.org:4222, tls://[2001:db8::1]:4222\n"
                               "nats_credentials = /etc/incamera/nats\ncluster_name = eu\n"
                               "nats_ca = /etc/incamera/bus-ca.pem\n"
                               "placement_tags = country:de, disk:ssd\n";
    assert_int_equal(read_all(&c, dev, NULL, text, why), IC_OK);
    assert_string_equal(c.nats_url, "tls://n1.example.org:4222, tls://[2001:db8::1]:4222");
    assert_string_equal(c.nats_credentials, "/etc/incamera/nats");
    assert_string_equal(c.cluster_name, "eu");
    assert_int_equal(c.placement_tag_count, 2);
    assert_string_equal(c.placement_tags[1], "disk:ssd");
    assert_int_equal(read_all(&c, dev, NULL, NULL, why), IC_OK);
    assert_string_equal(c.nats_url, ""); /* one node needs none of this */
}

static void mistakes_are_named_with_place_and_next_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct ic_config c;
        char why[IC_CONFIG_WHY_MAX];
        const struct refusal *r = &refusals[i];
        assert_int_equal(read_all(&c, r->flags, r->environment, r->file, why), IC_ERR_INPUT);
        for (size_t k = 0; k < 3 && r->says[k] != NULL; k++) {
            if (strstr(why, r->says[k]) == NULL)
                fail_msg("row %zu: \"%s\" does not say \"%s\"", i, why, r->says[k]);
        }
    }
}

static void dev_needs_nothing(void **state)
{
    (void)state;
    struct ic_config c;
    char why[IC_CONFIG_WHY_MAX];
    assert_int_equal(read_all(&c, dev, NULL, NULL, why), IC_OK);
    assert_int_equal(c.tls, IC_CONFIG_TLS_OFF);
    assert_int_equal(c.listen[0].port, 8080);
    assert_string_equal(c.data_dir, "");
}

static void printed_configuration_reads_back(void **state)
{
    (void)state;
    struct ic_config c, again;
    char why[IC_CONFIG_WHY_MAX];
    char text[16384] = "";
    static const char *const flags[] = {
        "--dev",
        "--listen=[2001:db8::1]:444, 127.0.0.1:81",
        "--origin=https://meet.example.org",
        "--issuer=https://a.example x Some name, https://b.example y",
        "--issuer=http://localhost:9 z",
        NULL};
    assert_int_equal(read_all(&c, flags, NULL, NULL, why), IC_OK);
    FILE *out = fmemopen(text, sizeof text, "w");
    ic_config_print(&c, false, out);
    fclose(out);
    assert_int_equal(read_all(&again, dev, NULL, text, why), IC_OK);
    assert_memory_equal(&c.listen, &again.listen, sizeof c.listen);
    assert_string_equal(c.origins[0], again.origins[0]);
    assert_int_equal(again.issuer_count, 3);
    assert_memory_equal(&c.issuers, &again.issuers, sizeof c.issuers);
    assert_string_equal(again.issuers[0].name, "Some name");
    assert_string_equal(again.issuers[1].audience, "y");
    assert_string_equal(again.issuers[2].name, "");
}

static void endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {":443", true},    {"127.0.0.1:0", true},     {"[::1]:80", true},
        {"::1:80", false}, {"[127.0.0.1]:80", false}, {"127.0.0.1", false},
        {"a:80", false},   {"1.2.3.4:65536", false},  {"1.2.3.4:", false},
        {"", false},       {"[::1]", false},          {"1.2.3.4:08080808", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ic_addr addr;
        enum ic_err e = ic_value_endpoint(rows[i].text, strlen(rows[i].text), &addr);
        if ((e == IC_OK) != rows[i].ok)
            fail_msg("\"%s\"", rows[i].text);
    }
}

/* Sixty people behind one address: six sockets of a browser each while the page loads, and the one
 * that stays. */
static void a_school_behind_one_address_gets_in(void **state)
{
    (void)state;
    struct ic_config c;
    char why[IC_CONFIG_WHY_MAX];
    assert_int_equal(read_all(&c, dev, NULL, NULL, why), IC_OK);
    assert_true(c.connections_per_address_max >= 60 * 7);
    assert_true(c.connections_per_address_max <= c.connections_max / 2);
    assert_true(IC_HTTP_MEETINGS_BURST >= 60);
}

/* The proxy asks for http://127.0.0.1, the browser shows https://meet.example.org: without origin
 * every join would be refused as one of a foreign page. */
static void a_server_behind_a_proxy_names_its_origin(void **state)
{
    (void)state;
    struct ic_config c;
    char why[IC_CONFIG_WHY_MAX];
    static const char *const without[] = {"--tls=off", NULL};
    static const char *const with[] = {"--tls=off", "--origin=https://meet.example.org", NULL};
    assert_int_equal(read_all(&c, without, NULL, "", why), IC_ERR_INPUT);
    assert_non_null(strstr(why, "origin"));
    assert_int_equal(read_all(&c, with, NULL, "", why), IC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_school_behind_one_address_gets_in),
        cmocka_unit_test(a_server_behind_a_proxy_names_its_origin),
        cmocka_unit_test(flag_beats_environment_beats_file),
        cmocka_unit_test(flag_value_may_stand_apart),
        cmocka_unit_test(mistakes_are_named_with_place_and_next_step),
        cmocka_unit_test(dev_needs_nothing),
        cmocka_unit_test(printed_configuration_reads_back),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(a_cluster_has_its_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
