#include "shell/directory_notice.h"

#include <jansson.h>

char *ic_directory_notice(const struct ic_config *config)
{
    bool is_shared = config->nats_url[0] != '\0';
    json_t *root = json_object();
    json_object_set_new(root, "kept", json_string(is_shared ? "nats" : "node"));
    if (is_shared) {
        json_t *tags = json_array();
        for (size_t i = 0; i < config->placement_tag_count; i++)
            json_array_append_new(tags, json_string(config->placement_tags[i]));
        json_object_set_new(root, "cluster", json_string(config->cluster_name));
        json_object_set_new(root, "tags", tags);
    }
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}
