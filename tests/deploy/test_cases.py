import pytest

from mmpose_lightkpt.deploy.cases import (
    Case,
    check_choices,
    find_bundles,
    make_cases,
    spared,
)


def test_a_folder_of_bundles_holds_them_by_name(tiny_bundle, tmp_path):
    assert find_bundles(tiny_bundle) == [tiny_bundle]
    (tmp_path / 'notes').mkdir()
    assert find_bundles(tmp_path) == [tiny_bundle]
    with pytest.raises(ValueError, match='no bundle'):
        find_bundles(tmp_path / 'notes')


def test_models_of_one_name_are_told_apart(tiny_bundle, tmp_path, tiny_spec):
    folders = [tiny_bundle]
    for place in ('a/x', 'b/x', 'c/y'):
        tiny_spec().save(tmp_path / place)
        folders.append(tmp_path / place)
    cases = make_cases(folders, (1,), ('fp32',))
    assert [case.model for case in cases] == [
        'tiny (tiny)',
        'tiny (x)',
        'tiny (x) #2',
        'tiny (y)',
    ]


def test_cases_combine_models_precisions_and_threads(tiny_bundle):
    cases = make_cases([tiny_bundle], (1, 2), ('fp32', 'bf16'))
    assert [(c.precision, c.threads) for c in cases] == [
        ('fp32', 1),
        ('fp32', 2),
        ('bf16', 1),
        ('bf16', 2),
    ]


def test_an_engine_is_not_combined_with_a_precision_it_lacks(tiny_bundle):
    cases = make_cases(
        [tiny_bundle], (1,), ('fp32', 'bf16', 'int8'), ('ncnn', 'onnxruntime')
    )
    assert [(c.runtime, c.precision) for c in cases] == [
        ('ncnn', 'fp32'),
        ('ncnn', 'bf16'),
        ('onnxruntime', 'fp32'),
        ('onnxruntime', 'int8'),
    ]


def test_int8_of_ncnn_is_a_case_where_the_bundle_has_it(tiny_bundle):
    choices = ('fp32', 'int8'), ('ncnn', 'onnxruntime')
    said = spared([tiny_bundle], *choices)
    assert said == ['tiny: ncnn has no int8: not timed']
    (tiny_bundle / 'model.int8.ncnn.param').write_text('')
    assert spared([tiny_bundle], *choices) == []
    cases = make_cases([tiny_bundle], (1,), *choices)
    assert [(c.runtime, c.precision) for c in cases] == [
        ('ncnn', 'fp32'),
        ('ncnn', 'int8'),
        ('onnxruntime', 'fp32'),
        ('onnxruntime', 'int8'),
    ]


@pytest.mark.parametrize('others', [(), ('mnn',)])
def test_int8_of_ncnn_is_tried_where_no_other_engine_has_it(
    tiny_bundle, others
):
    choices = ('int8',), ('ncnn', *others)
    assert spared([tiny_bundle], *choices) == []
    (case,) = make_cases([tiny_bundle], (1,), *choices)
    assert case.runtime == 'ncnn'  # its worker names what makes the file


def test_what_is_left_out_is_said():
    said = check_choices(['ncnn', 'onnxruntime'], ['fp32', 'bf16'])
    assert said == ['onnxruntime has no bf16: not timed']
    assert check_choices(['ncnn', 'mnn'], ['fp32']) == []


def test_an_engine_with_nothing_to_do_is_refused():
    with pytest.raises(ValueError, match='--runtime mnn has none of .*int8'):
        check_choices(['mnn', 'onnxruntime'], ['int8'])


def test_a_precision_that_no_engine_has_is_refused_with_those_that_do():
    with pytest.raises(ValueError, match='needs --runtime ncnn or onnxrun'):
        check_choices(['mnn'], ['fp32', 'int8'])


def test_a_case_in_words_names_the_engine_unless_it_is_ncnn(tiny_bundle):
    case = Case('m', tiny_bundle, 2, 'fp32')
    assert str(case) == 'm fp32 threads=2'
    case = case._replace(runtime='openvino')
    assert str(case) == 'm openvino fp32 threads=2'
