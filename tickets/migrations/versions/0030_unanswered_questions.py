"""Questions that no ordinance answered, and what staff decided about them."""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('unanswered_question',
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('place', sa.String(length=40), nullable=False),
    sa.Column('question', sa.String(length=200), nullable=False),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('neighbours', sa.JSON(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('again', sa.Integer(), nullable=False),
    sa.Column('document', sa.String(length=60), nullable=True),
    sa.Column('article', sa.Integer(), nullable=True),
    sa.Column('taught', sa.String(length=200), nullable=True),
    sa.Column('decided_day', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_unanswered_question'))
    )
    with op.batch_alter_table('unanswered_question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unanswered_question_last_day'), ['last_day'], unique=False)
        batch_op.create_index(batch_op.f('ix_unanswered_question_state_count_last_day'), ['state', 'count', 'last_day'], unique=False)

    op.create_table('question_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('actor_label', sa.String(length=50), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('document', sa.String(length=60), nullable=True),
    sa.Column('article', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['key'], ['unanswered_question.key'], name=op.f('fk_question_event_key'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_question_event_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_event'))
    )
    with op.batch_alter_table('question_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_event_key'), ['key'], unique=False)


def downgrade() -> None:
    op.drop_table('question_event')
    op.drop_table('unanswered_question')
