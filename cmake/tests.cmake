# tests/unit/<room>_<file>_test.c: one cmocka program each, linked with its room.
# tests/scenarios/<name>_scenario.c: one program each on the simulator.
# fuzz/<name>_fuzz.c: one libFuzzer target each; the room is named by a comment "room: <name>".

enable_testing()

if(IC_TESTS AND NOT IC_FUZZ)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
    pkg_check_modules(SRTP2 REQUIRED IMPORTED_TARGET libsrtp2) # oracle, never in the product
    file(GLOB unit_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/unit/*_test.c")
    foreach(source ${unit_sources})
        get_filename_component(name ${source} NAME_WE)
        string(REGEX REPLACE "_.*" "" room ${name})
        string(REGEX REPLACE "_test$" "" test ${name})
        add_executable(${name} ${source})
        target_compile_options(${name} PRIVATE ${IC_WARNINGS})
        target_compile_definitions(${name} PRIVATE IC_VECTORS="${CMAKE_SOURCE_DIR}/tests/vectors")
        target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
        target_link_libraries(${name} PRIVATE ic_${room} PkgConfig::CMOCKA PkgConfig::JANSSON PkgConfig::SRTP2)
        add_test(NAME unit.${test} COMMAND ${name})
        set_tests_properties(unit.${test} PROPERTIES LABELS unit TIMEOUT 120)
    endforeach()
    file(GLOB scenario_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/scenarios/*_scenario.c")
    foreach(source ${scenario_sources})
        get_filename_component(name ${source} NAME_WE)
        string(REGEX REPLACE "_scenario$" "" test ${name})
        add_executable(${name} ${source})
        target_compile_options(${name} PRIVATE ${IC_WARNINGS})
        target_link_libraries(${name} PRIVATE ic_sim PkgConfig::CMOCKA)
        add_test(NAME scenario.${test} COMMAND ${name})
        set_tests_properties(scenario.${test} PROPERTIES LABELS scenario TIMEOUT 300)
    endforeach()
endif()

if(IC_FUZZ)
    file(GLOB fuzz_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.c")
    foreach(source ${fuzz_sources})
        get_filename_component(name ${source} NAME_WE)
        file(STRINGS ${source} room_line REGEX "room: [a-z]+" LIMIT_COUNT 1)
        string(REGEX REPLACE ".*room: ([a-z]+).*" "\\1" room "${room_line}")
        add_executable(${name} ${source})
        target_compile_options(${name} PRIVATE ${IC_WARNINGS})
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        target_link_libraries(${name} PRIVATE ic_${room})
    endforeach()
endif()

# The hostile server of tests/hostile: the product, with another forwarder.
if(NOT IC_FUZZ AND TARGET incamera)
    add_executable(incamera_hostile EXCLUDE_FROM_ALL server/shell/main.c ${IC_WEB_ASSETS_SOURCE}
                   tests/hostile/hostile_forwarder.c)
    target_compile_options(incamera_hostile PRIVATE ${IC_WARNINGS} -Wno-overlength-strings
                           -Wno-missing-prototypes)
    target_link_options(incamera_hostile PRIVATE -Wl,--wrap=ic_forwarder_run)
    target_link_libraries(incamera_hostile PRIVATE ic_shell)
endif()
