from mmpose_lightkpt.deploy.rows import (
    case_of,
    reference_row,
    runtime_of,
    whole,
)


def row(model, runtime=None, precision='fp32', threads=1):
    made = dict(model=model, precision=precision, threads=threads)
    return dict(made, runtime=runtime) if runtime else made


def record(*rows):
    return dict(rows=list(rows), reference=rows[0]['model'])


def test_a_row_without_an_engine_is_of_ncnn():
    assert runtime_of(row('a')) == 'ncnn'
    assert case_of(row('a')) == case_of(row('a', 'ncnn'))
    assert case_of(row('a')) != case_of(row('a', 'mnn'))


def test_the_reference_of_several_models_is_of_the_same_engine():
    rows = [row('a'), row('b'), row('a', 'mnn'), row('b', 'mnn')]
    assert reference_row(rows[1], record(*rows)) is rows[0]
    assert reference_row(rows[3], record(*rows)) is rows[2]
    lonely = row('b', 'openvino')
    assert reference_row(lonely, record(*rows, lonely)) is None


def test_the_reference_of_one_model_is_its_first_engine():
    rows = [row('a', 'mnn'), row('a'), row('a', threads=2)]
    assert reference_row(rows[1], record(*rows)) is rows[0]
    assert reference_row(rows[2], record(*rows)) is None


def test_a_file_has_a_ratio_to_the_reference_of_as_many_threads():
    file = row('f', 'litert', 'int8')
    rows = [row('a'), row('a', precision='bf16'), row('a', threads=2), file]
    assert reference_row(file, record(*rows)) is rows[0]
    assert reference_row(row('f', 'litert', 'int8', 4), record(*rows)) is None


def test_and_so_have_the_others_to_a_file():
    file = row('f', 'litert', 'int8')
    rows = [file, row('a'), row('a', precision='bf16'), row('a', threads=2)]
    found = [reference_row(each, record(*rows)) for each in rows]
    assert found[:3] == [file] * 3 and found[3] is None


def test_the_whole_is_the_sum_or_else_the_forward_pass():
    assert (
        whole(dict(total=dict(median=3), forward=dict(median=1)))['median']
        == 3
    )
    assert whole(dict(total=None, forward=dict(median=1)))['median'] == 1
