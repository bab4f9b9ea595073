# The web client, precompressed and embedded as a C source (scripts/embed_web.mjs). Without a built
# client the binary serves one page that says so.

set(IC_WEB_ASSETS_SOURCE "${CMAKE_BINARY_DIR}/web_assets.c")
find_program(IC_NODE node HINTS "${CMAKE_SOURCE_DIR}/build/tools/bin")
file(GLOB_RECURSE IC_WEB_FILES CONFIGURE_DEPENDS "${IC_WEB_DIST}/*")
add_custom_command(
    OUTPUT "${IC_WEB_ASSETS_SOURCE}"
    COMMAND "${IC_NODE}" "${CMAKE_SOURCE_DIR}/scripts/embed_web.mjs" "${IC_WEB_DIST}" "${IC_WEB_ASSETS_SOURCE}"
    DEPENDS "${CMAKE_SOURCE_DIR}/scripts/embed_web.mjs" ${IC_WEB_FILES}
    VERBATIM)
