"""The components of cards of version 2.0 and their properties: .../feishu-cards/card-json-v2-components."""

from collections.abc import Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALL = "tag element_id margin "
_LAYOUT = "direction padding horizontal_spacing horizontal_align vertical_spacing vertical_align "
_INPUT = "name required disabled disabled_tips placeholder width value behaviors confirm type hover_tips "

TOP: Mapping[str, frozenset[str]] = {
    "card": _names("schema config card_link header body"),
    "config": _names(
        "streaming_mode streaming_config summary locales enable_forward update_multi width_mode use_custom_translation "
        "enable_forward_interaction style"
    ),
    "header": _names("title subtitle text_tag_list i18n_text_tag_list template icon padding"),
    "body": _names(_LAYOUT + "elements"),
    "text": _names("tag element_id content i18n_content text_size text_color text_align lines"),
    "panel_header": _names(
        "title background_color vertical_align padding position width icon icon_position icon_expanded_angle"
    ),
}
PROPERTIES: Mapping[str, frozenset[str] | None] = {  # None: not checked
    "column_set": _names(
        _ALL + "horizontal_align horizontal_spacing vertical_spacing columns background_style flex_mode action"
    ),
    "column": _names(_ALL + _LAYOUT + "background_style width weight elements action"),
    "form": _names(_ALL + _LAYOUT + "name elements confirm"),
    "interactive_container": _names(
        _ALL + _LAYOUT + "width height background_style has_border border_color corner_radius disabled disabled_tips "
        "hover_tips confirm behaviors elements"
    ),
    "collapsible_panel": _names(_ALL + _LAYOUT + "expanded background_color header border elements"),
    "div": _names(_ALL + "width text icon"),
    "markdown": _names(_ALL + "content i18n_content text_align text_size text_color icon"),
    "img": _names(
        _ALL + "img_key i18n_img_key alt title corner_radius scale_type size transparent preview mode custom_width "
        "compact_width"
    ),
    "hr": _names(_ALL),
    "button": _names(
        _ALL + "type size width text icon hover_tips disabled disabled_tips confirm behaviors name required "
        "form_action_type"
    ),
    "input": _names(
        _ALL + _INPUT + "default_value max_length input_type show_icon rows auto_resize max_rows label label_position"
    ),
    "select_static": _names(_ALL + _INPUT + "options initial_option initial_index"),
    "multi_select_static": _names(_ALL + _INPUT + "options selected_values"),
    "select_person": _names(_ALL + _INPUT + "options initial_option initial_index"),
    "multi_select_person": _names(_ALL + _INPUT + "options selected_values"),
    "date_picker": _names(_ALL + _INPUT + "initial_date"),
    "picker_time": _names(_ALL + _INPUT + "initial_time"),
    "picker_datetime": _names(_ALL + _INPUT + "initial_datetime"),
    **dict.fromkeys(
        ("overflow", "select_img", "checker", "img_combination", "person", "person_list", "chart", "table", "audio")
    ),
}
CONTAINERS = frozenset({"form", "interactive_container", "collapsible_panel"})
FORM_INPUTS = frozenset(
    {
        *("input", "select_static", "multi_select_static", "select_person", "multi_select_person", "date_picker"),
        *("picker_time", "picker_datetime", "select_img", "checker"),
    }
)
GONE = frozenset({"action", "note"})
V1_TAGS = frozenset({*PROPERTIES, *GONE})
VALUES: Mapping[str, frozenset[str]] = {
    "template": _names("blue wathet turquoise green yellow orange red carmine violet purple indigo grey default"),
    "button.type": _names("default primary danger text primary_text danger_text primary_filled danger_filled laser"),
    "button.size": _names("tiny small medium large"),
    "button.form_action_type": _names("submit reset"),
}
